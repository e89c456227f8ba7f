"""`playhead demo`: the whole loop on this machine, and a table of how true it was.

Every part is the shipped command in a process of its own: an origin plays a sample at its recorded pace,
a proxy records it, a client reads through the proxy; the new cassette is replayed and read again.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from playhead.cli import extras
from playhead.cli.inputs import SUFFIX
from playhead.demo.compare import Comparison, Delivery, compare, delivery
from playhead.demo.process import Children, Service
from playhead.errors import CannotRun
from playhead.exchange import Exchange
from playhead.samples import sample
from playhead.store.cassette import load

_CLIENT_SECONDS = 60.0


@click.command()
@click.option("--sample", "name", default="anthropic-tools", show_default=True, help="Which sample to play.")
@click.option("--view/--no-view", default=None, help="Open the viewer afterwards [default: on a terminal].")
def demo(name: str, view: bool | None) -> int:
    """Record, replay and compare a stream, all on this machine.

    Needs nothing but loopback and what is bundled. Exit code 1 where bytes, chunks or ending differ.
    """
    extras.need_record("`playhead demo`")
    extras.need_serve("`playhead demo`")
    children = Children()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, children.stop)
    try:
        return _run(name, view, children)
    except CannotRun:
        if children.stopped_by is None:
            raise
        return 128 + children.stopped_by


def _run(name: str, view: bool | None, children: Children) -> int:
    original = load(sample(name)).exchanges[0]
    folder = Path(tempfile.mkdtemp(prefix="playhead-demo-"))
    _say(f"Playing `{name}`: {len(original.chunks)} chunks, {len(original.frames)} frames.")
    direct, proxied, recorded_path = _record(name, original, folder, children)
    recorded = load(recorded_path).exchanges[0]
    _say("Replaying the new cassette…")
    replayed = _replay(recorded_path, recorded, children)
    compared = {
        "origin → client": compare(delivery(original), proxied),
        "origin → cassette": compare(delivery(original), delivery(recorded)),
        "cassette → client": compare(delivery(recorded), replayed),
    }
    click.echo(_table(compared))
    click.echo(
        f"\nFirst byte: {direct * 1e3:.0f} ms direct, {proxied.times[0] * 1e3:.0f} ms through the proxy."
    )
    click.echo(f"Cassette: {recorded_path}")
    _finish(recorded_path, view)
    return 0 if all(each.equal for each in compared.values()) else 1


def _record(name: str, original: Exchange, folder: Path, children: Children) -> tuple[float, Delivery, Path]:
    """The first byte's time without the proxy, what the client met through it, and the cassette made."""
    _say("Starting an origin that plays it at its recorded pace…")
    with Service(children, "serve", str(sample(name)), "--port", "0") as origin:
        _say("Starting mitmproxy with the addon before it…")
        record = ("record", "--upstream", origin.url, "-o", str(folder), "--listen", "127.0.0.1:0")
        with Service(children, *record) as proxy:
            direct = _fetch(children, origin.url, original, "--first-byte").times[0]
            _say("Reading the stream through the proxy…")
            proxied = _fetch(children, proxy.url, original)
    made = sorted(folder.glob("*" + SUFFIX))
    if len(made) != 1:
        raise CannotRun(f"the recorder left {len(made)} cassettes in {folder}, not one")
    return direct, proxied, made[0]


def _replay(path: Path, recorded: Exchange, children: Children) -> Delivery:
    with Service(children, "serve", str(path), "--port", "0") as server:
        return _fetch(children, server.url, recorded)


def _fetch(children: Children, base: str, exchange: Exchange, *options: str) -> Delivery:
    """What a client process met that sent the exchange's request to `base`."""
    request = exchange.request
    method = request.method if request else "POST"
    target = urlsplit(request.url) if request else urlsplit("/")
    url = base + target.path + (f"?{target.query}" if target.query else "")
    client = children.start(
        "-m",
        "playhead.demo.client",
        url,
        method,
        *options,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, said = client.communicate(request.body if request else b"", timeout=_CLIENT_SECONDS)
    if client.returncode != 0:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise CannotRun(f"the client failed: {last[0] if last else 'it said nothing'}")
    met = json.loads(out)
    if not met["arrivals"]:
        raise CannotRun(f"the client got no byte: status {met['status']}, ending {met['ending']}")
    return Delivery(
        sizes=tuple(size for _, size in met["arrivals"]),
        times=tuple(t for t, _ in met["arrivals"]),
        sha256=met["sha256"],
        ending=met["ending"],
    )


def _table(compared: Mapping[str, Comparison]) -> str:
    """A column for each comparison. The first client reads through the proxy, the second from the replay."""
    columns = [
        (
            heading,
            _equal(each.bytes_equal),
            _equal(each.chunks_equal),
            _equal(each.ending_equal),
            _milliseconds(each.gap_error_p50),
            _milliseconds(each.gap_error_p99),
        )
        for heading, each in compared.items()
    ]
    labels = ("", "bytes", "chunks", "ending", "gap error p50", "gap error p99")
    rows = zip(labels, *columns, strict=True)
    return "\n" + "\n".join(
        f"{label:<15}" + "".join(f"{cell:>20}" for cell in cells) for label, *cells in rows
    )


def _equal(value: bool) -> str:
    return "equal" if value else "DIFFERENT"


def _milliseconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value * 1e3:.2f} ms"


def _finish(path: Path, view: bool | None) -> None:
    """Open the viewer where somebody sits before a terminal, else say how."""
    can_view = sys.stdout.isatty() and sys.stdin.isatty()
    if view is None:
        view = can_view and extras.has_view()
    if view:
        subprocess.run([sys.executable, "-m", "playhead", "view", str(path)], check=False)
    else:
        _say(f"Step through it with: playhead view {path}")


def _say(text: str) -> None:
    click.echo(text, err=True)
