"""What a recorder was asked to do: the options of mitmproxy, or the flags of `playhead record`, as one value.

Knows options and what does not go together; reads the file of a policy, and touches nothing else. Whether a
folder can be written to, whoever records finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from playhead.capture.choices import Files, Grouping, Limits, Per, Retention, Rotation
from playhead.errors import PlayheadError, UsageError
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.policy_file import read_policy
from playhead.redaction.switches import Switches
from playhead.sanitise import sanitise
from playhead_recorder.options.declared import click_options, declare, unknown_options
from playhead_recorder.options.globs import Globs
from playhead_recorder.options.readers import Log
from playhead_recorder.options.selection import HeaderFilter, Selection
from playhead_recorder.options.table import FOLDER, OPTIONS, PER, Kind, Option

__all__ = ["Log", "Settings", "click_options", "declare", "from_flags", "from_options", "unknown_options"]

_SHOWN = 80
"""Characters of a wrong value that are quoted."""

_Name = Callable[[Option], str]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a recorder is told before it begins."""

    files: Files
    file: Path | None = None
    """One cassette for all, in the folder of `files`, instead of those with names of their own."""
    overwrite: bool = False
    """Whether `file` is replaced where it exists."""
    grouping: Grouping = Grouping()
    selection: Selection = Selection()
    limits: Limits = Limits()
    rotation: Rotation = Rotation()
    retention: Retention = Retention()
    policy: Policy = DEFAULT
    counters: Path | None = None
    """The file that counters are kept in."""
    log: Log = Log.AUTO


def from_options(options: Any) -> Settings:
    """The settings that mitmproxy's options ask for, once `declare` has added them.

    Raises `UsageError` with the option, its value and what is allowed.
    """
    values = {option.name: getattr(options, option.option) for option in OPTIONS}
    return _settings(values, lambda option: option.option)


def from_flags(params: Mapping[str, Any], folder: Path, per: Per = Per.EXCHANGE) -> Settings:
    """The settings that flags of `click_options` ask for; `per` is what holds where none says it.

    `params` are the command's parameters, others among them. Raises `UsageError` as `from_options` does.
    """
    values = {option.name: params[option.name] for option in OPTIONS if option.name != FOLDER}
    values[FOLDER] = str(folder)
    values[PER] = values[PER] if values[PER] is not None else per.value
    return _settings(values, lambda option: option.flag)


def _settings(values: Mapping[str, Any], called: _Name) -> Settings:
    found = {option.name: _read(option, values[option.name], called) for option in OPTIONS}
    settings = Settings(
        files=Files(root=found[FOLDER], dated=found["dated"], compressed=found["compress"]),
        grouping=found[PER],
        selection=_selection(found),
        limits=Limits(queue=found["queue"], exchange=found["exchange_cap"], total=found["total_cap"]),
        rotation=Rotation(size=found["rotate_size"], seconds=found["rotate_age"]),
        retention=Retention(size=found["retain_size"], seconds=found["retain_age"]),
        policy=_policy(found, called),
        counters=found["counters"],
        log=found["log"],
    )
    _refuse_nonsense(settings, values, called)
    return settings


def _read(option: Option, value: Any, called: _Name) -> Any:
    """What the value of an option means; of a list, of each of its texts."""
    if option.kind is Kind.SWITCH or value is None:
        return value
    if option.kind is Kind.LIST:
        return tuple(_read_text(option, text, called) for text in value)
    return _read_text(option, value, called)


def _read_text(option: Option, text: str, called: _Name) -> Any:
    try:
        return option.read(text)
    except PlayheadError as error:  # of a file, which it names
        raise UsageError(f"{called(option)}: {sanitise(error.message)}", hint=error.hint) from None
    except ValueError as error:
        raise UsageError(f"{called(option)}: {_quoted(text)}: {error}") from None


_SWITCHES = {
    "allow_headers": "allow_header",
    "secret_headers": "secret_header",
    "secret_parameters": "secret_parameter",
    "secret_fields": "secret_field",
    "rules_off": "rule_off",
    "shapes": "shape",
}
"""What adds to a policy, and the option that it comes by."""


def _policy(found: Mapping[str, Any], called: _Name) -> Policy:
    """What the file says, or the built-in policy, with what the switches add."""
    names = {field: called(_BY_NAME[name]) for field, name in _SWITCHES.items()}
    switches = Switches(called=names, **{field: found[name] for field, name in _SWITCHES.items()})
    file = found["policy"]
    label = f"{called(_BY_NAME['policy'])}: {file.path}" if file is not None else "the built-in policy"
    try:
        return read_policy(file.text if file is not None else "", label, switches)
    except UsageError as error:
        raise UsageError(sanitise(error.message), hint=error.hint) from None


def _selection(found: Mapping[str, Any]) -> Selection:
    return Selection(
        hosts=Globs.of(found["hosts"], any_case=True),
        paths=Globs.of(found["paths"]),
        methods=Globs.of(found["methods"], any_case=True),
        models=Globs.of(found["models"], any_case=True),
        headers=_header_filters(found["headers"]),
        only_streams=found["only_streams"],
        sample=found["sample"],
        sample_by=found["sample_by"],
    )


def _header_filters(found: Sequence[tuple[str, str]]) -> tuple[HeaderFilter, ...]:
    globs: dict[str, list[str]] = {}
    for name, glob in found:
        globs.setdefault(name, []).append(glob)
    return tuple(HeaderFilter(name, Globs.of(texts)) for name, texts in globs.items())


def _refuse_nonsense(settings: Settings, values: Mapping[str, Any], called: _Name) -> None:
    """Refuse what would do nothing, or undo what another option does: something else was meant."""
    rotation, retention = settings.rotation, settings.retention
    is_alone = settings.grouping.per is Per.EXCHANGE
    why_not_rotate = (
        "with a cassette for each exchange there is nothing to rotate; choose run or header:NAME by"
    )
    removed = "would remove each cassette as soon as it is finished: it is less than what is rotated at by"
    for name, is_nonsense, why, other in (
        ("sample_by", settings.selection.sample_by and settings.selection.sample >= 1, "needs", "sample"),
        ("rotate_size", is_alone and rotation.size is not None, why_not_rotate, PER),
        ("rotate_age", is_alone and rotation.seconds is not None, why_not_rotate, PER),
        ("retain_size", _is_less(retention.size, rotation.size), removed, "rotate_size"),
        ("retain_age", _is_less(retention.seconds, rotation.seconds), removed, "rotate_age"),
    ):
        if is_nonsense:
            one, another = called(_BY_NAME[name]), called(_BY_NAME[other])
            raise UsageError(f"{one}: {_quoted(values[name])}: {why} {another}")


_BY_NAME = {option.name: option for option in OPTIONS}


def _is_less(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one < other


def _quoted(text: str) -> str:
    shown = sanitise(text)
    return repr(shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…")
