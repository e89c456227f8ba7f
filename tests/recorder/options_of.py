"""All of the recorder's options as mitmproxy holds them: the defaults, and what a test chooses."""

from __future__ import annotations

from typing import Any

from playhead_recorder.options.table import OPTIONS, Kind


def options_of(**chosen: Any) -> dict[str, Any]:
    """By their names in mitmproxy; `chosen` has those of the table."""
    of_kind: dict[Kind, Any] = {Kind.SWITCH: False, Kind.LIST: []}
    values = {option.name: of_kind.get(option.kind, option.default) for option in OPTIONS}
    assert chosen.keys() <= values.keys()
    return {f"playhead_{name}": value for name, value in (values | chosen).items()}
