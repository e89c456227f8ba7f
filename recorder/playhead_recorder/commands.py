"""The recorder's commands: `addon` and `record`. Imports no mitmproxy until it has to run one.

`addon` must work where mitmproxy lives in another environment, or is not installed at all.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from playhead.cli.extras import need_record
from playhead.sanitise import sanitise

if TYPE_CHECKING:
    from playhead_recorder.embed import Tally

DEFAULT_LISTEN = "127.0.0.1:8765"


@click.command()
def addon() -> None:
    """Print the path of the mitmproxy addon, for mitmproxy's -s option.

    It records responses of type text/event-stream. Credentials in headers and URLs are replaced before
    anything is written. The bodies of requests and responses are stored as they are: prompts, answers, and
    any key or password in them.

    \b
    mitmdump -s "$(playhead addon)" --set playhead_dir=DIR
    """
    click.echo(Path(__file__).with_name("script.py"))


@click.command()
@click.option("--upstream", metavar="URL", required=True, help="The server to record: http(s)://HOST[:PORT].")
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    help="Where the cassettes go, one for each stream.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default=DEFAULT_LISTEN,
    show_default=True,
    help="Where to listen. Port 0 takes any free one.",
)
def record(upstream: str, folder: Path, listen: str) -> None:
    """Record the streams of a server through a proxy on this machine.

    Point your client's base URL at the proxy and work as usual; stop with Ctrl-C. Only responses of type
    text/event-stream are recorded.

    Credentials in headers and URLs are replaced before anything is written. The bodies of requests and
    responses are stored as they are: prompts, answers, and any key or password in them.

    \b
    playhead record --upstream https://api.anthropic.com
    ANTHROPIC_BASE_URL=http://127.0.0.1:8765 python app.py
    """
    origin = _origin(upstream)
    host, port = _listen(listen)
    need_record("`playhead record`")
    from playhead_recorder import embed

    plan = embed.Plan(upstream=origin, folder=folder.absolute(), host=host, port=port)
    _summarise(embed.record(plan, _say), folder)


def _origin(url: str) -> str:
    """The upstream as mitmproxy wants it: scheme, host, port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise click.BadParameter(f"{sanitise(url)!r}: {error}", param_hint="--upstream") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{sanitise(url)!r} is no http:// or https:// URL", param_hint="--upstream")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise click.BadParameter(
            "only scheme, host and port can be given; a path goes into your client's base URL",
            param_hint="--upstream",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _listen(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{sanitise(address)!r} is not HOST:PORT", param_hint="--listen")
    return host, int(port)


def _say(line: str) -> None:
    """A line on standard error; what it quotes may come from the network.

    Where nobody reads it any more, the recording goes on.
    """
    with contextlib.suppress(OSError):
        click.echo(sanitise(line), err=True)


def _summarise(tally: Tally, folder: Path) -> None:
    _say(
        f"Recorded {_count(tally.streams, 'stream')}: {_count(tally.chunks, 'chunk')}, "
        f"{_count(tally.size, 'byte')}, {_count(tally.cassettes, 'cassette')} in {folder}."
    )
    missing = [
        (tally.failed, f"{_count(tally.failed, 'stream')} not recorded to the end (see above)"),
        (tally.lost_chunks, f"{_count(tally.lost_chunks, 'chunk')} lost"),
        (tally.other_responses, _others(tally.other_responses)),
    ]
    said = [text for number, text in missing if number]
    if said:
        _say(f"Not recorded: {'; '.join(said)}.")


def _others(number: int) -> str:
    was = "that was no event stream" if number == 1 else "that were no event streams"
    return f"{_count(number, 'response')} {was}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
