"""Settings from options and from flags: the same table, the same words, the same refusals."""

from __future__ import annotations

import asyncio
import re
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from playhead.capture.choices import Files, Grouping, Limits, Per, Retention, Rotation
from playhead.errors import UsageError
from playhead.redaction import read_policy
from playhead.redaction.switches import FLAGS, Switches
from playhead_recorder.options.page import as_markdown
from playhead_recorder.options.selection import Selection
from playhead_recorder.options.settings import Log, Settings, click_options, from_flags, from_options
from playhead_recorder.options.table import OPTIONS, PREFIX, Kind, quantities

from .options_of import options_of

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024


def settings(**chosen: Any) -> Settings:
    return from_options(SimpleNamespace(**options_of(**chosen)))


def from_arguments(*arguments: str, per: Per = Per.EXCHANGE) -> Settings:
    """The settings of a command that has the flags."""
    made: list[Settings] = []

    @click.command()
    @click_options()
    def command(**params: Any) -> None:
        made.append(from_flags({"other": 1, **params}, Path("out"), per))

    done = CliRunner().invoke(command, arguments)
    if done.exception is not None:
        raise done.exception
    return made[0]


def refused(**chosen: Any) -> str:
    with pytest.raises(UsageError) as caught:
        settings(**chosen)
    return caught.value.message


def test_the_defaults_are_those_of_the_records():
    assert settings() == Settings(files=Files(root=Path("recordings")))
    assert from_arguments() == Settings(files=Files(root=Path("out")))
    assert settings().limits == Limits(queue=64 * MIB, exchange=256 * MIB, total=None)
    assert from_arguments(per=Per.RUN).grouping == Grouping(Per.RUN)
    assert from_arguments("--per", "exchange", per=Per.RUN).grouping == Grouping(Per.EXCHANGE)


EVERYTHING: Final[dict[str, Any]] = {
    "per": "header:X-Session",
    "dated": True,
    "compress": True,
    "hosts": ["*.a", "!b.a"],
    "paths": ["/v1/*"],
    "methods": ["POST"],
    "models": ["gpt-*"],
    "headers": ["x-a=1", "!x-b"],
    "only_streams": True,
    "sample": "10%",
    "sample_by": "X-Session",
    "queue": "8MiB",
    "exchange_cap": "none",
    "total_cap": "1GB",
    "rotate_size": "100M",
    "rotate_age": "1h",
    "retain_size": "2GiB",
    "retain_age": "7d",
    "allow_header": ["X-Build-*", "x-trace"],
    "secret_header": ["x-desk"],
    "secret_parameter": ["Customer"],
    "secret_field": ["items[].card"],
    "shape": ["team=team_[a-z=]{4}"],
    "rule_off": ["account", "own"],
    "counters": "c.json",
    "log": "JSON",
}
"""A value for each option but the folder and the policy's file."""


def chosen_with(policy: Path) -> dict[str, Any]:
    """All of them, and a policy's file."""
    policy.write_text('name = "team"\n[headers]\nsecret = ["x-tenant"]\n[shapes]\nown = "own_[a-z]{4}"\n')
    chosen = {**EVERYTHING, "policy": str(policy)}
    assert {"dir", *chosen} == {option.name for option in OPTIONS}
    return chosen


def test_everything_chosen(tmp_path):
    found = settings(dir="out", **chosen_with(tmp_path / "p.toml"))
    assert found.files == Files(root=Path("out"), dated=True, compressed=True)
    assert found.grouping == Grouping(Per.HEADER, "x-session")
    assert found.limits == Limits(queue=8 * MIB, exchange=None, total=10**9)
    assert found.rotation == Rotation(size=10**8, seconds=3600)
    assert found.retention == Retention(size=2 * 1024 * MIB, seconds=7 * 86400)
    assert (found.counters, found.log) == (Path("c.json"), Log.JSON)
    assert (found.selection.sample, found.selection.sample_by) == (0.1, "x-session")


def test_the_policy_is_the_file_with_the_switches(tmp_path):
    policy = tmp_path / "p.toml"
    found = settings(dir="out", **chosen_with(policy))
    switches = Switches(
        allow_headers=("x-build-*", "x-trace"),
        secret_headers=("x-desk",),
        secret_parameters=("customer",),
        secret_fields=("items[].card",),
        shapes=("team=team_[a-z=]{4}",),
        rules_off=("account", "own"),
    )
    assert found.policy == read_policy(policy.read_text(), "p.toml", switches)
    assert found.policy.secret_headers == {"x-tenant", "x-desk"}
    assert found.policy.label.startswith("team/")


def test_flags_choose_the_same(tmp_path):
    chosen = chosen_with(tmp_path / "p.toml")
    arguments: list[str] = []
    for option in OPTIONS:
        value = chosen.get(option.name)
        if option.kind is Kind.LIST:
            arguments += [part for each in value or () for part in (option.flag, each)]
        elif value is not None:
            arguments += [option.flag] if value is True else [option.flag, str(value)]
    assert from_arguments(*arguments) == settings(dir="out", **chosen)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"per": "session"}, "playhead_per: 'session': exchange, run or header:NAME"),
        ({"per": "header:"}, "playhead_per: 'header:': the name of a header"),
        ({"per": "run:x"}, "'run:x'"),
        ({"per": "header:a b"}, "'header:a b'"),
        ({"sample": "1.5"}, "playhead_sample: '1.5': a rate is a number from 0 to 1"),
        ({"sample": "nan"}, "a rate"),
        ({"sample": "-1"}, "a rate"),
        ({"sample": ""}, "a rate"),
        ({"sample_by": "x y", "sample": "0.1"}, "playhead_sample_by: 'x y': the name of a header"),
        ({"queue": "1k"}, "playhead_queue: '1k': at least 1MiB"),
        ({"queue": "none"}, "a size is"),
        ({"exchange_cap": "0"}, "or one with a unit: 64MiB, 500MB, 2GiB, or none"),
        ({"total_cap": "5 apples"}, "playhead_total_cap: '5 apples'"),
        ({"rotate_age": "90", "per": "run"}, "playhead_rotate_age: '90': a time is a number with a unit"),
        ({"retain_age": "-7d"}, "playhead_retain_age: '-7d'"),
        ({"log": "xml"}, "playhead_log: 'xml': auto, text, json are the choices"),
        ({"hosts": ["ok", "https://api.x"]}, "playhead_hosts: 'https://api.x': HOST or"),
        ({"hosts": [""]}, "playhead_hosts: '': it is empty"),
        ({"hosts": ["!"]}, "it is empty"),
        ({"paths": ["v1/*"]}, "playhead_paths: 'v1/*': the path of a URL"),
        ({"methods": ["PO ST"]}, "playhead_methods: 'PO ST'"),
        ({"models": [" "]}, "playhead_models: ' ': it is empty"),
        ({"headers": ["x y=1"]}, "playhead_headers: 'x y=1': NAME or NAME=GLOB"),
        ({"headers": ["x-a="]}, "NAME or NAME=GLOB"),
        ({"headers": ["=1"]}, "NAME or NAME=GLOB"),
        ({"headers": ["!"]}, "playhead_headers: '!': NAME or NAME=GLOB is expected, after ! for"),
        ({"headers": ["!=1"]}, "NAME or NAME=GLOB"),
        ({"policy": "/no/such.toml"}, "playhead_policy: /no/such.toml: No such file"),
        ({"policy": ""}, "playhead_policy: '': the path of a file"),
        ({"counters": " "}, "playhead_counters"),
        ({"dir": ""}, "playhead_dir: '': the path of a folder"),
        ({"log": "\x1b[2J"}, "playhead_log: '␛[2J'"),
        ({"log": "x" * 500}, "'" + "x" * 80 + "…'"),
        # What is nonsense together.
        ({"sample_by": "x-a"}, "playhead_sample_by: 'x-a': needs playhead_sample"),
        ({"rotate_size": "1M"}, "playhead_rotate_size: '1M': with a cassette for each exchange"),
        ({"rotate_age": "1h", "per": "exchange"}, "choose run or header:NAME by playhead_per"),
        ({"per": "run", "rotate_size": "2G", "retain_size": "1G"}, "retain_size: '1G': would remove"),
        ({"per": "run", "rotate_age": "2d", "retain_age": "1d"}, "rotated at by playhead_rotate_age"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_name_and_what_is_allowed(chosen, said):
    assert said in refused(**chosen)
    for option in OPTIONS:
        value = chosen.get(option.name)
        if option.name != "dir" and isinstance(value, str) and value.strip() and len(chosen) == 1:
            with pytest.raises(UsageError, match=f"^{option.flag}: "):
                from_arguments(option.flag, value)


def test_a_policy_that_is_none(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text("[headers]\nallowed = 1\n")
    assert refused(policy=str(path)).startswith(
        f"playhead_policy: {path}, line 2: headers.allowed: no such key"
    )
    path.write_bytes(b"\xff")
    assert "no UTF-8" in refused(policy=str(path))
    assert "Is a directory" in refused(policy=str(tmp_path))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"allow_header": ["ok", "no header"]}, "playhead_allow_header no header: 'no header': not the name"),
        (
            {"allow_header": ["Authorization"]},
            "playhead_allow_header authorization: what authorization holds",
        ),
        ({"secret_header": ["x*y"]}, "playhead_secret_header x*y: "),
        ({"secret_parameter": [""]}, "playhead_secret_parameter: expected a name"),
        ({"secret_field": ["a..b"]}, "playhead_secret_field a..b: 'a..b': "),
        ({"shape": ["abc"]}, "playhead_shape: expected NAME=REGEX"),
        ({"shape": ["own=a+"]}, "playhead_shape own: may match fewer than 4 characters"),
        ({"shape": ["own=\x1b["]}, "playhead_shape own: "),
        ({"rule_off": ["\x1b[2J"]}, "playhead_rule_off ␛[2J: no rule is named"),
        ({"rule_off": ["acount"]}, "did you mean account?"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_switch_of_the_policy_is_named(chosen, said):
    assert said in refused(**chosen)
    assert "\x1b" not in refused(**chosen)
    [(name, values)] = chosen.items()
    flag = next(option.flag for option in OPTIONS if option.name == name)
    with pytest.raises(UsageError) as caught:
        from_arguments(*(part for value in values for part in (flag, value)))
    assert caught.value.message.startswith(flag)
    assert flag in FLAGS.values()


def test_switches_of_the_policy_alone_and_with_a_file(tmp_path):
    assert settings(rule_off=["account"]).policy == read_policy("", "", Switches(rules_off=("account",)))
    path = tmp_path / "p.toml"
    path.write_text('[rules]\noff = ["team"]\n')
    # A file may speak of what a switch adds.
    assert settings(policy=str(path), shape=["team=team_[a-z]{4}"]).policy.rules_off == {"team"}
    assert refused(policy=str(path)).startswith(f"playhead_policy: {path}, line 2: rules.off: no rule")
    path.write_text("off = true\n")
    assert settings(policy=str(path)).policy.off
    assert refused(policy=str(path), secret_header=["x-a"]).startswith("playhead_secret_header: does nothing")


def test_a_home_is_found(monkeypatch, tmp_path):
    """Shells leave a tilde alone within `--set playhead_counters=~/c.json`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    found = settings(counters="~/c.json", dir="~/r")
    assert (found.counters, found.files.root) == (tmp_path / "c.json", tmp_path / "r")
    assert "no such user" in refused(counters="~no-such-user-here/c.json")


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("500M", 500_000_000), ("1GB", 10**9), ("64MiB", 64 * MIB), ("1.5 kib", 1536),
     ("2t", 2 * 10**12), ("10b", 10), (" 7K ", 7000)],
)  # fmt: skip
def test_sizes(text, size):
    assert quantities.size(text) == size


@given(st.integers(1, 10**12))
def test_a_size_in_bytes(size):
    assert quantities.size(str(size)) == size


@pytest.mark.parametrize(
    "text", ["", "0", "0.4", "-1", "1e9", "MiB", "1 M B", "1MiBs", "1,5k", "٣", "1_0", "inf"]
)
def test_no_size(text):
    with pytest.raises(ValueError, match="a size is"):
        quantities.size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1.5h", 5400), ("7d", 604800), ("2 W", 1209600), ("30m", 1800)]
)
def test_durations(text, seconds):
    assert quantities.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "0s", "1y", "1h30m", "-1s", "1ms"])
def test_no_duration(text):
    with pytest.raises(ValueError, match="a time is"):
        quantities.duration(text)


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_refused(text):
    for read in (quantities.size, quantities.duration, quantities.rate):
        try:
            found = read(text)
        except ValueError:
            continue
        assert 0 <= found < float("inf")


def test_the_names_of_the_table():
    names = [option.name for option in OPTIONS]
    assert len(set(names)) == len(names)
    for option in OPTIONS:
        assert option.option == f"playhead_{option.name}"
        assert re.fullmatch(r"--[a-z]+(-[a-z]+)*", option.flag)
        assert option.help.endswith(".")
        assert "\n" not in option.help
        assert (option.default is None) or option.kind is Kind.TEXT


def test_the_flags_in_the_help():
    @click.command()
    @click_options()
    def command(**params: Any) -> None: ...

    said = re.sub(r"\s+", " ", CliRunner().invoke(command, ["--help"]).stdout)
    for option in OPTIONS:
        assert (option.flag in said) is (option.name != "dir")
    assert "[default: 64MiB]" in said
    assert "[default: (exchange; with CMD, run)]" in said


def test_the_page_of_options_is_current():
    """Mend it with: uv run python -m playhead_recorder.options.page > docs/record-options.md"""
    assert (ROOT / "docs" / "record-options.md").read_text(encoding="utf-8") == as_markdown()


def test_mitmproxy_holds_them():
    """Under a real context: defaults, lists, switches; a wrong type is mitmproxy's own to refuse."""
    pytest.importorskip("mitmproxy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mitmproxy import exceptions
        from mitmproxy.test import taddons

    from playhead_recorder.options.settings import declare

    class Tiny:
        def load(self, loader: Any) -> None:
            declare(loader)
            declare(loader)  # as when the script is loaded again

    async def run() -> None:
        with taddons.context(Tiny()) as context:
            options = context.options
            assert from_options(options) == settings()
            options.set("playhead_hosts=a", "playhead_hosts=b", "playhead_dated", "playhead_policy")
            found = from_options(options)
            assert found == settings(hosts=["a", "b"], dated=True)
            options.set("playhead_hosts", "playhead_dated=false")
            assert from_options(options) == settings()
            for wrong in (
                ("playhead_sample=1", "playhead_sample=2"),
                ("playhead_dated=perhaps",),
                ("playhead_dir",),
            ):
                with pytest.raises(exceptions.OptionsError):
                    options.set(*wrong)
            for name, value in (
                ("sample", 0.1),
                ("hosts", "a"),
                ("dated", "yes"),
                ("hosts", [1]),
                ("policy", 1),
            ):
                with pytest.raises(TypeError):
                    options.update(**{PREFIX + name: value})
            assert from_options(options).selection == Selection()

    asyncio.run(run())
