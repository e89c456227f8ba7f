"""The table of options as mitmproxy's options, and as click's. Imports no mitmproxy."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from playhead.sanitise import sanitise
from playhead_recorder.options.table import FOLDER, OPTIONS, PER, PREFIX, Kind, Option

if TYPE_CHECKING:
    from mitmproxy.addonmanager import Loader

F = TypeVar("F", bound=Callable[..., Any])

_LOGGER = logging.getLogger("playhead")


def declare(loader: Loader) -> None:
    """Add every option to mitmproxy, with what it was set to: call it in an addon's `load`.

    mitmproxy raises what it cannot set where nobody catches it, and would go on without the addon. An error
    that is logged while it starts makes it leave.
    """
    for option in OPTIONS:
        add: Callable[..., None] = loader.add_option
        match option.kind:
            case Kind.SWITCH:
                add(option.option, bool, False, option.help)
            case Kind.LIST:
                add(option.option, Sequence[str], [], option.help)
            case Kind.TEXT:
                of = str if option.default is not None else (str | None)
                add(option.option, of, option.default, option.help)
    options: Any = loader.master.options
    try:
        options.process_deferred()
    except Exception as error:
        _LOGGER.error("%s", sanitise(str(error)))
        raise


def unknown_options(options: Any) -> list[str]:
    """What to say of options with our prefix that no addon knows: mitmproxy takes any name without a word.

    Ask when the proxy runs: other addons have declared theirs by then.
    """
    known = [option.option for option in OPTIONS]
    said: list[str] = []
    for name in sorted(options.deferred):
        if name.startswith(PREFIX):
            near = difflib.get_close_matches(name, known, n=2, cutoff=0.75)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            said.append(f"{sanitise(name)}: there is no such option.{hint}")
    return said


def click_options() -> Callable[[F], F]:
    """A decorator that adds every flag but the folder's; a flag's parameter has the option's name.

    `per` is `None` where it is not given: it depends on what is recorded.
    """

    def decorate(command: F) -> F:
        for option in reversed(OPTIONS):
            if option.name != FOLDER:
                command = _click_option(option)(command)
        return command

    return decorate


def _click_option(option: Option) -> Callable[[F], F]:
    names = (option.flag, option.name)
    if option.kind is Kind.SWITCH:
        return click.option(*names, is_flag=True, help=option.help)
    if option.kind is Kind.LIST:
        leaves_out = f"; !{option.metavar} leaves out" if option.excludes else ""
        text = f"{option.help} Repeat it for more{leaves_out}."
        return click.option(*names, metavar=option.metavar, multiple=True, help=text)
    if option.name == PER:
        default: Any = {"show_default": "exchange; with CMD, run"}
    else:
        default = {"default": option.default, "show_default": option.default is not None}
    return click.option(*names, metavar=option.metavar, help=option.help, **default)
