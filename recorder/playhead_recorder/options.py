"""The recorder's options as data: one table for the options of the mitmproxy addon and for the flags of
`playhead record`. Knows names, defaults and words; what a text means, `readers` knows.

In mitmproxy an option is called `playhead_NAME`; as a flag, `--NAME` with dashes.
"""

from __future__ import annotations

import difflib
import enum
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec

from playhead.sanitise import sanitise
from playhead_recorder import quantities, readers
from playhead_recorder.readers import or_none

if TYPE_CHECKING:
    from mitmproxy.addonmanager import Loader

F = TypeVar("F", bound=Callable[..., Any])

_LOGGER = logging.getLogger("playhead")

PREFIX: Final = "playhead_"
FOLDER: Final = "dir"
PER: Final = "per"


class Kind(enum.Enum):
    """What mitmproxy and click let an option be."""

    TEXT = "text"
    SWITCH = "switch"
    LIST = "list"


class Group(enum.Enum):
    """What an option is about; the value is the page's heading."""

    WHERE = "Where, and what shares a cassette"
    WHICH = "Which exchanges"
    LIMITS = "Limits"
    KEEPING = "Rotation and retention"
    REST = "Secrets and operation"


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `read` turns a text, or each of a list's, into what it means."""

    name: str
    group: Group
    help: str
    """One paragraph, for `--help`, mitmproxy's `--options` and the page."""
    kind: Kind = Kind.TEXT
    default: str | None = None
    """Of a text; `None` is none. A switch is off, a list empty."""
    metavar: str | None = None
    read: Callable[[str], Any] = str

    @property
    def option(self) -> str:
        """Its name in mitmproxy."""
        return PREFIX + self.name

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--output" if self.name == FOLDER else "--" + self.name.replace("_", "-")


OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        name=FOLDER,
        group=Group.WHERE,
        default="./recordings",
        metavar="DIR",
        read=readers.folder,
        help="Where the cassettes go.",
    ),
    Option(
        name=PER,
        group=Group.WHERE,
        default="exchange",
        metavar="exchange|run|header:NAME",
        read=readers.grouping,
        help=(
            "What shares a cassette: nothing but the exchange itself, all of a run, or the exchanges whose"
            " requests have the same value in the header NAME."
        ),
    ),
    Option(
        name="dated",
        group=Group.WHERE,
        kind=Kind.SWITCH,
        help="Put cassettes into a folder for each day (UTC).",
    ),
    Option(
        name="compress",
        group=Group.WHERE,
        kind=Kind.SWITCH,
        help="Compress cassettes (zstd) when they are finished.",
    ),
    Option(
        name="hosts",
        group=Group.WHICH,
        kind=Kind.LIST,
        metavar="GLOB",
        read=readers.host_glob,
        help="Record exchanges with hosts that match: HOST, or HOST:PORT. Case does not count.",
    ),
    Option(
        name="paths",
        group=Group.WHICH,
        kind=Kind.LIST,
        metavar="GLOB",
        read=readers.path_glob,
        help="Record requests whose path, without the query, matches.",
    ),
    Option(
        name="methods",
        group=Group.WHICH,
        kind=Kind.LIST,
        metavar="GLOB",
        read=readers.method_glob,
        help="Record requests whose method matches. Case does not count.",
    ),
    Option(
        name="models",
        group=Group.WHICH,
        kind=Kind.LIST,
        metavar="GLOB",
        read=readers.model_glob,
        help=(
            "Record requests for a model that matches, by the member `model` of their JSON or by their path."
            " Case does not count."
        ),
    ),
    Option(
        name="headers",
        group=Group.WHICH,
        kind=Kind.LIST,
        metavar="NAME[=GLOB]",
        read=readers.header_glob,
        help="Record requests that have the header, with a value that matches. Every NAME given must be met.",
    ),
    Option(
        name="only_streams",
        group=Group.WHICH,
        kind=Kind.SWITCH,
        help="Record responses that are streams of events or of lines of JSON, and no others.",
    ),
    Option(
        name="sample",
        group=Group.WHICH,
        default="1",
        metavar="RATE",
        read=quantities.rate,
        help="The part of the exchanges that is recorded: 0.1, or 10%.",
    ),
    Option(
        name="sample_by",
        group=Group.WHICH,
        metavar="HEADER",
        read=readers.header_name,
        help=(
            "Sample by the value of this request header: exchanges with the same value are all recorded, or"
            " none is, in every recorder. Chance decides where the header is missing."
        ),
    ),
    Option(
        name="queue",
        group=Group.LIMITS,
        default="64MiB",
        metavar="SIZE",
        read=readers.queue,
        help="What may wait to be written. What comes while it is full passes by unrecorded.",
    ),
    Option(
        name="exchange_cap",
        group=Group.LIMITS,
        default="256MiB",
        metavar="SIZE",
        read=or_none(quantities.size),
        help="What is recorded of one response at most.",
    ),
    Option(
        name="total_cap",
        group=Group.LIMITS,
        default=readers.NONE,
        metavar="SIZE",
        read=or_none(quantities.size),
        help="What a run writes at most.",
    ),
    Option(
        name="rotate_size",
        group=Group.KEEPING,
        default=readers.NONE,
        metavar="SIZE",
        read=or_none(quantities.size),
        help="Begin another cassette where one that exchanges share has grown to this size.",
    ),
    Option(
        name="rotate_age",
        group=Group.KEEPING,
        default=readers.NONE,
        metavar="TIME",
        read=or_none(quantities.duration),
        help="Begin another cassette where one that exchanges share is this old.",
    ),
    Option(
        name="retain_size",
        group=Group.KEEPING,
        default=readers.NONE,
        metavar="SIZE",
        read=or_none(quantities.size),
        help="Remove the oldest finished cassettes where all of them together are larger.",
    ),
    Option(
        name="retain_age",
        group=Group.KEEPING,
        default=readers.NONE,
        metavar="TIME",
        read=or_none(quantities.duration),
        help="Remove finished cassettes that are older.",
    ),
    Option(
        name="policy",
        group=Group.REST,
        metavar="FILE",
        read=readers.policy,
        help="What counts as a secret, as TOML. Without it, the built-in policy.",
    ),
    Option(
        name="counters",
        group=Group.REST,
        metavar="FILE",
        read=readers.file,
        help="Keep counters in this file, as JSON.",
    ),
    Option(
        name="log",
        group=Group.REST,
        default=readers.Log.AUTO.value,
        metavar="auto|text|json",
        read=readers.log,
        help="How to tell what happens: lines for people, or JSON lines. auto is text on a terminal.",
    ),
)


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
        text = f"{option.help} Repeat it for more; !{option.metavar} leaves out."
        return click.option(*names, metavar=option.metavar, multiple=True, help=text)
    if option.name == PER:
        default: Any = {"show_default": "exchange; with CMD, run"}
    else:
        default = {"default": option.default, "show_default": option.default is not None}
    return click.option(*names, metavar=option.metavar, help=option.help, **default)
