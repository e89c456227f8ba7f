"""The recorder's options as data: one table for the options of the mitmproxy addon and for the flags of
`playhead record`, which `declared` makes of it. Knows names, defaults and words; never what a text means.

In mitmproxy an option is called `playhead_NAME`; as a flag, `--NAME` with dashes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final

import msgspec

from playhead_recorder.options import quantities, readers
from playhead_recorder.options.readers import or_none

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
    SECRETS = "Secrets"
    OPERATION = "Operation"


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
    excludes: bool = False
    """Whether a value of a list may stand after `!`, and leaves out then."""
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
        excludes=True,
        metavar="GLOB",
        read=readers.host_glob,
        help="Record exchanges with hosts that match: HOST, or HOST:PORT. Case does not count.",
    ),
    Option(
        name="paths",
        group=Group.WHICH,
        kind=Kind.LIST,
        excludes=True,
        metavar="GLOB",
        read=readers.path_glob,
        help="Record requests whose path, without the query, matches.",
    ),
    Option(
        name="methods",
        group=Group.WHICH,
        kind=Kind.LIST,
        excludes=True,
        metavar="GLOB",
        read=readers.method_glob,
        help="Record requests whose method matches. Case does not count.",
    ),
    Option(
        name="models",
        group=Group.WHICH,
        kind=Kind.LIST,
        excludes=True,
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
        excludes=True,
        metavar="NAME[=GLOB]",
        read=readers.header_glob,
        help="Record requests that have the header, with a value that matches. Every NAME given must be met.",
    ),
    Option(
        name="only_streams",
        group=Group.WHICH,
        kind=Kind.SWITCH,
        help="Record exchanges whose responses are streams, of events or of JSON, and no others.",
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
        group=Group.SECRETS,
        metavar="FILE",
        read=readers.policy,
        help="What counts as a secret, as TOML. Without it, the built-in policy.",
    ),
    Option(
        name="allow_header",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="NAME",
        help="A header that stays; * at the end of NAME is any rest.",
    ),
    Option(
        name="secret_header",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="NAME",
        help="A header whose value goes, even if it is on the list of those that stay.",
    ),
    Option(
        name="secret_parameter",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="NAME",
        help="A parameter of URLs, a field of forms, whose value goes.",
    ),
    Option(
        name="secret_field",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="PATH",
        help="A member of JSON bodies whose value goes, such as items[].card.",
    ),
    Option(
        name="shape",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="NAME=REGEX",
        help="What matches REGEX goes, anywhere, by the rule NAME.",
    ),
    Option(
        name="rule_off",
        group=Group.SECRETS,
        kind=Kind.LIST,
        metavar="RULE",
        help="What only that rule finds stays.",
    ),
    Option(
        name="counters",
        group=Group.OPERATION,
        metavar="FILE",
        read=readers.file,
        help="Keep counters in this file, as JSON.",
    ),
    Option(
        name="log",
        group=Group.OPERATION,
        default=readers.Log.AUTO.value,
        metavar="auto|text|json",
        read=readers.log,
        help=(
            "How to tell what happens: lines for people, or JSON lines. auto is text on a terminal. A"
            " mitmproxy of your own says it in its own log."
        ),
    ),
)
