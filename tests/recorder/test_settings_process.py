"""A real mitmdump with an addon of a few lines: what it takes, and what it refuses to start with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ADDON = """
from mitmproxy import ctx, exceptions
from playhead.errors import UsageError
from playhead_recorder.options.settings import declare, from_options, unknown_options
import logging

class Tiny:
    def load(self, loader):
        declare(loader)

    def configure(self, updated):
        try:
            self.settings = from_options(ctx.options)
        except UsageError as error:
            raise exceptions.OptionsError(str(error)) from None

    def running(self):
        for line in unknown_options(ctx.options):
            logging.getLogger("playhead").error(line)
        selection = self.settings.selection
        print("POLICY", [(each.rule, each.pattern.pattern) for each in self.settings.policy.shapes])
        print("SETTINGS", selection.hosts.wanted.pattern if selection.hosts else "-", selection.sample)
        ctx.master.shutdown()

addons = [Tiny()]
"""


@pytest.fixture
def mitmdump(proxy_env, tmp_path):
    """Runs it: what it said, and its exit code. `config` is its file of options."""
    pytest.importorskip("mitmproxy")
    script = tmp_path / "tiny.py"
    script.write_text(ADDON)
    (tmp_path / "conf").mkdir()

    def run(*options: str, config: str = "") -> tuple[int, str]:
        (tmp_path / "conf" / "config.yaml").write_text(config)
        command: list[str | Path] = [Path(sys.executable).with_name("mitmdump"), "-p", "0"]
        command += ["--listen-host", "127.0.0.1", "-s", script, "--set", f"confdir={tmp_path / 'conf'}"]
        for option in options:
            command += ["--set", option]
        done = subprocess.run(
            command, env=proxy_env, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_lists_by_set_and_by_file(mitmdump):
    code, said = mitmdump("playhead_hosts=a", "playhead_hosts=b", "playhead_sample=10%")
    assert (code, "SETTINGS (?s:a)" in said, "0.1\n" in said) == (0, True, True)
    code, said = mitmdump(config='playhead_hosts: [a.example]\nplayhead_sample: "0.25"\n')
    assert code == 0
    assert r"SETTINGS (?s:a\.example)\Z 0.25" in said.replace(r"\z", r"\Z")


def test_what_adds_to_the_policy_by_set_and_by_file(mitmdump):
    code, said = mitmdump("playhead_shape=team=k=[0-9]{9}", "playhead_shape=desk=desk_[a-z]{4}")
    assert (code, "POLICY [('team', 'k=[0-9]{9}'), ('desk', 'desk_[a-z]{4}')]" in said) == (0, True)
    code, said = mitmdump(config='playhead_shape: ["team=team_[a-z]{4}"]\n')
    assert (code, "POLICY [('team', 'team_[a-z]{4}')]" in said) == (0, True)


@pytest.mark.parametrize(
    ("options", "config", "said"),
    [
        (["playhead_sample=abc"], "", "playhead_sample: 'abc': a rate is a number from 0 to 1"),
        (["playhead_rotate_age=1h"], "", "choose run or header:NAME by playhead_per"),
        (["playhead_only_streams=maybe"], "", 'oolean must be "true", "false"'),
        (["playhead_sample=1", "playhead_sample=0.5"], "", "multiple values for playhead_sample"),
        (["playhead_shape=team"], "", "playhead_shape: expected NAME=REGEX"),
        (["playhead_rule_off=acount"], "", "playhead_rule_off acount: no rule is named 'acount'"),
        (["playhead_host=a"], "", "playhead_host: there is no such option. Did you mean playhead_hosts"),
        ([], "playhead_sample: 0.5\n", "Expected <class 'str'> for playhead_sample"),
        ([], "playhead_hosts: a\n", "for playhead_hosts, but got <class 'str'>"),
        ([], "playhead_smaple: '0.5'\n", "there is no such option. Did you mean playhead_sample"),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_wrong_value_keeps_mitmproxy_from_starting(mitmdump, options, config, said):
    code, output = mitmdump(*options, config=config)
    assert code == 1
    assert said in output
