"""`playhead record -- CMD`, in its order: proxy, program, what is still open, summary.

Knows its siblings; mitmproxy is imported late, after the bystander was forked. Nothing is printed before the
program has ended. The certificate authority is made for this run, in a private folder that goes with it:
nobody else trusts it, and the user's ~/.mitmproxy is neither read nor written unless it is named.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from playhead.capture.choices import Per
from playhead_recorder import private
from playhead_recorder.options.settings import Settings
from playhead_recorder.upstream import chain
from playhead_recorder.upstream.chain import Chain, UpstreamProxy
from playhead_recorder.wrap import base_urls, certificates, child, environment
from playhead_recorder.wrap.bystander import Bystander

if TYPE_CHECKING:
    from playhead_recorder.wrap.report import Outcome

Say = Callable[[str], None]

_HOST = "127.0.0.1"
_DRAIN_SECONDS = 2.0
"""For what the program left running; then it is cut, and the cassettes say so."""
_CA = "mitmproxy-ca-cert.pem"


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """What to run and how. `named` are variables and the base URLs that they are to stand for.

    `confdir` is a folder of mitmproxy's with a CA that something trusts already. `upstream_ca` is a file
    of certificates that servers may have theirs from.
    """

    arguments: tuple[str, ...]
    settings: Settings
    folder: Path
    """As the user named it."""
    named: Mapping[str, str]
    known_base_urls: bool = True
    upstream_ca: Path | None = None
    upstream_proxy: UpstreamProxy | None = None
    """Instead of those that the environment names."""
    confdir: Path | None = None


def run(wrapped: Wrapped, say: Say) -> int:
    """Run the program; its exit code as a shell gives it. `say` takes lines, and gets none before it ends.

    Raises `UsageError` and `CannotRun` before the program is started.
    """
    chosen = base_urls.choose(os.environ, wrapped.named, known=wrapped.known_base_urls)
    if wrapped.upstream_ca is not None:
        certificates.require(wrapped.upstream_ca)
    try:
        program = child.find(wrapped.arguments)
        bystander = Bystander()
        try:
            private.remove_leftovers()
            with _leaving_cleanly(), private.folder() as own:
                code, outcome = _record(wrapped, program, chosen, bystander, own)
        finally:
            bystander.close()
    except child.NotStarted as error:
        say(error.message)
        return error.code
    from playhead_recorder.wrap.report import lines

    for line in lines(outcome, wrapped.folder):
        say(line)
    return code


def _record(
    wrapped: Wrapped,
    program: child.Program,
    chosen: tuple[base_urls.BaseUrl, ...],
    bystander: Bystander,
    own: Path,
) -> tuple[int, Outcome]:
    # What mitmproxy or a library of its warns of is no business of the program's terminal.
    warnings.simplefilter("ignore")
    from playhead_recorder.addon import Recorder
    from playhead_recorder.master import require_folder
    from playhead_recorder.output.told import Told
    from playhead_recorder.wrap.proxy import ProxyThread, wait_while
    from playhead_recorder.wrap.report import Outcome
    from playhead_recorder.wrap.seen import Seen

    settings = wrapped.settings
    require_folder(settings.files)
    told, seen = Told(line=_say_nothing), Seen()
    name = Path(wrapped.arguments[0]).name
    recorder = Recorder(told, settings, name if settings.grouping.per is Per.RUN else None)
    confdir = wrapped.confdir or own / "mitmproxy"
    theirs = _trusted_already(wrapped, own / "servers.pem")
    on_the_way, unusable = _chain(wrapped.upstream_proxy)
    proxy = ProxyThread(_setup(chosen, confdir, theirs, on_the_way), seen, recorder)
    clean = False
    counters = _counters_file(settings.counters, told.counters.snapshot)
    with proxy.heard():
        try:
            address, *listeners = proxy.start()
            origins = {port: url.origin for url, (_, port) in zip(chosen, listeners, strict=True)}
            seen.listen_for(origins)
            ours = certificates.write_bundle(own / "trusted.pem", (confdir / _CA, theirs))
            variables = environment.for_program(
                os.environ,
                proxy=address,
                bundle=str(ours),
                base_urls=tuple(zip(chosen, listeners, strict=True)),
            )
            code = child.run(program, variables, bystander)
            wait_while(lambda: seen.is_busy, _DRAIN_SECONDS)
        finally:
            clean = proxy.stop()
            recorder.wait()
            if counters is not None:
                counters.stop()
    return code, Outcome(
        counted=told.counters.snapshot(),
        requests=seen.requests,
        refused=seen.refused,
        distrusted=seen.distrusted,
        warnings=proxy.warnings,
        left=told.left.line(wrapped.folder, settings.file),
        unusable=unusable,
        is_whole=clean,
    )


def _say_nothing(line: str, **fields: object) -> None:
    """The terminal is the program's."""


def _counters_file(path: Path | None, snapshot: Callable[[], Any]) -> Any:
    if path is None:
        return None
    from playhead.capture.log import warn
    from playhead_recorder.operation import CountersFile

    file = CountersFile(path, snapshot, warn)
    file.start()
    return file


def _chain(named: UpstreamProxy | None) -> tuple[Chain | None, tuple[str, ...]]:
    """The proxies that the program would have used: ours stands in for it."""
    if named is None:
        return chain.inherited(os.environ)
    return Chain(http=named, https=named, direct=chain.exceptions(os.environ)), ()


def _setup(
    chosen: tuple[base_urls.BaseUrl, ...], confdir: Path, trusted: Path, on_the_way: Chain | None
) -> Any:
    from playhead_recorder.master import Listener, Setup

    before = [Listener(_HOST, 0, url.origin) for url in chosen]
    options = {"confdir": str(confdir), "ssl_verify_upstream_trusted_ca": str(trusted)}
    return Setup((Listener(_HOST, 0), *before), options, on_the_way)


def _trusted_already(wrapped: Wrapped, path: Path) -> Path:
    """A bundle of whom the program would have trusted: the proxy stands in for it."""
    inherited = [Path(name) for name in environment.inherited_trust(os.environ)]
    named = [wrapped.upstream_ca] if wrapped.upstream_ca is not None else []
    return certificates.write_bundle(path, (*certificates.usual(), *inherited, *named))


@contextlib.contextmanager
def _leaving_cleanly() -> Iterator[None]:
    """Before the program runs, SIGTERM and SIGHUP leave nothing behind; later they are the program's."""

    def leave(number: int, _: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, leave)
    yield
