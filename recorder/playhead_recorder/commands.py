"""The recorder's commands: `addon` and `record`. Imports no mitmproxy until it has to run one.

`addon` must work where mitmproxy lives in another environment, or is not installed at all.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from playhead.capture.choices import Per
from playhead.cli import lifeline
from playhead.cli.extras import need_record
from playhead.sanitise import sanitise
from playhead_recorder.options.settings import Settings, click_options, from_flags
from playhead_recorder.options.table import PER
from playhead_recorder.output import one_file
from playhead_recorder.upstream import urls
from playhead_recorder.upstream.chain import Chain, UpstreamProxy, exceptions, parse

DEFAULT_LISTEN = "127.0.0.1:8765"
_LAST_PORT = 65535
_WITH_PROGRAM = ("base_urls", "no_base_urls", "confdir")


class _Output(click.Path):
    """Where the cassettes go. No text at all is no folder, though `Path` takes it for this one."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        if not os.fspath(value).strip():
            self.fail("the path of a folder or a file is expected", param, ctx)
        return super().convert(value, param, ctx)


@click.command()
def addon() -> None:
    """Print the path of the mitmproxy addon, for mitmproxy's -s option.

    It records every exchange, streams as they come. Its options are called playhead_NAME: mitmdump --options
    lists them, docs/record-options.md tells them. Secrets are replaced before a cassette has its name.

    \b
    mitmdump -s "$(playhead addon)" --set playhead_dir=DIR
    """
    click.echo(Path(__file__).with_name("script.py"))


class _Record(click.Command):
    """Refuses `--` with nothing behind it: what stood there was a variable, and empty."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ends_so = args[-1:] == ["--"]
        rest = super().parse_args(ctx, args)
        if ends_so and not ctx.params["program"]:
            raise click.UsageError("a command is expected behind --", ctx)
        return rest


@click.command(cls=_Record, context_settings={"allow_interspersed_args": False})
@click.argument("program", metavar="[-- CMD ARG...]", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--upstream",
    "upstreams",
    metavar="URL",
    multiple=True,
    help="A server to record: http(s)://HOST[:PORT]. Repeat it for more, each at a port of its own.",
)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="DIR|FILE",
    type=_Output(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    help="Where the cassettes go. FILE (NAME.cassette.jsonl, or .zst behind it) is one for all of the run.",
)
@click.option("--force", is_flag=True, help="With -o FILE: replace it if it exists.")
@click.option(
    "--view",
    is_flag=True,
    help="Show what is recorded, in this terminal, as one cassette; leaving the viewer ends the recording.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    show_default=DEFAULT_LISTEN,
    help="Where to listen. Port 0 takes any free one. More servers get the ports after it.",
)
@click.option(
    "--base-url-env",
    "base_urls",
    metavar="NAME=URL",
    multiple=True,
    help="With CMD: set NAME to a listener before URL, for a client that takes its base URL from NAME.",
)
@click.option(
    "--no-base-urls",
    is_flag=True,
    help="With CMD: leave ANTHROPIC_BASE_URL and OPENAI_BASE_URL as they are.",
)
@click.option(
    "--upstream-ca",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Certificates (PEM) of a private CA that servers, or a proxy before them, have theirs from.",
)
@click.option(
    "--upstream-proxy",
    metavar="URL",
    help="Reach servers through this proxy: http(s)://[USER:PASSWORD@]HOST[:PORT]; NO_PROXY is heeded. With"
    " CMD, those that the environment names are used unless this is given.",
)
@click.option(
    "--confdir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="With CMD: mitmproxy's folder, with a CA that CMD trusts already. Else a CA is made for the run.",
)
@click_options()
@lifeline.option
@click.pass_context
def record(
    context: click.Context,
    /,
    program: tuple[str, ...],
    upstreams: tuple[str, ...],
    output: Path,
    force: bool,
    view: bool,
    listen: str | None,
    base_urls: tuple[str, ...],
    no_base_urls: bool,
    upstream_ca: Path | None,
    upstream_proxy: str | None,
    confdir: Path | None,
    while_open: int | None,
    **flags: Any,
) -> None:
    """Record through a proxy on this machine: a program's, a server's, or any client's.

    With CMD, run it and record its requests and their answers. Its environment leads it to the proxy and has
    it trust the proxy's certificates; ANTHROPIC_BASE_URL and OPENAI_BASE_URL lead to the recorder unless they
    name another server. Exit code, signals and terminal are CMD's; nothing is printed until it has ended.

    With --upstream, stand before servers: point your client's base URL at the proxy and work as usual; stop
    with Ctrl-C. With neither, be a forward proxy, with the certificates of ~/.mitmproxy.

    Every exchange is recorded, streams as they come; with CMD all go into one cassette, otherwise each into
    its own. Secrets in headers, URLs and bodies are replaced before a cassette has its name; until then its
    file is readable by you alone. Prompts and answers are stored as they are.

    \b
    playhead record -- python app.py
    playhead record --upstream https://api.anthropic.com
    ANTHROPIC_BASE_URL=http://127.0.0.1:8765 python app.py
    """
    _refuse_what_does_not_go_together(context)
    on_the_way = _proxy(upstream_proxy) if upstream_proxy is not None else None
    settings = _settings(flags, output, Per.RUN if program else Per.EXCHANGE, force=force)
    if program:
        named = dict(map(_named, base_urls))
        need_record("`playhead record`")
        from playhead_recorder.wrap import run as wrap

        wrapped = wrap.Wrapped(
            arguments=program,
            settings=settings,
            folder=output,
            named=named,
            known_base_urls=not no_base_urls,
            upstream_ca=upstream_ca,
            upstream_proxy=on_the_way,
            confdir=confdir,
        )
        context.exit(wrap.run(wrapped, lambda line: _say(f"playhead: {line}")))
    if view:
        need_record("`playhead record`")
        context.exit(_beside(flags, output, len(upstreams)))
    context.exit(
        _serve(settings, output, upstreams, listen or DEFAULT_LISTEN, on_the_way, upstream_ca, while_open)
    )


def _serve(
    settings: Settings,
    folder: Path,
    upstreams: tuple[str, ...],
    listen: str,
    on_the_way: UpstreamProxy | None,
    upstream_ca: Path | None,
    while_open: int | None,
) -> int:
    """Be a proxy until a signal comes, or `while_open` is closed."""
    origins = tuple(map(_origin, upstreams))
    host, port = _listen(listen)
    if port and port + len(origins) - 1 > _LAST_PORT:
        raise click.BadParameter(f"{len(origins)} servers need as many ports", param_hint="--listen")
    need_record("`playhead record`")
    from playhead_recorder import embed

    chain = None
    if on_the_way is not None:
        chain = Chain(http=on_the_way, https=on_the_way, direct=exceptions(os.environ))
    plan = embed.Plan(upstreams=origins, settings=settings, folder=folder, host=host, port=port, chain=chain)
    return embed.record(plan, upstream_ca, while_open)


def _refuse_what_does_not_go_together(context: click.Context) -> None:
    """Refuse an option that would do nothing: whoever gave it means something else."""
    has_program = bool(context.params["program"])
    useless = ("upstreams", "listen", "view") if has_program else _WITH_PROGRAM
    for parameter in context.command.params:
        if parameter.name in useless and context.params[parameter.name]:
            problem = (
                "cannot be given with a program" if has_program else "needs a program to run: -- CMD ARG..."
            )
            raise click.UsageError(f"{parameter.opts[0]} {problem}", context)


def _beside(flags: dict[str, Any], output: Path, listeners: int) -> int:
    """Run the same command without `--view` as a child, and the viewer beside it."""
    from playhead_recorder import beside

    arguments = [argument for argument in sys.argv[2:] if argument != "--view"]
    if flags["log"] in (None, "auto"):
        arguments += ["--log", "text"]  # it is said through a pipe, and to people
    if one_file.is_one(output):
        return beside.run(arguments, output.absolute(), _say, listeners)
    if flags[PER] not in (None, Per.RUN.value):
        raise click.UsageError("--view shows one cassette: it goes with --per run")
    return beside.run([*arguments, "--per", "run"], output.absolute(), _say, listeners)


def _settings(flags: dict[str, Any], output: Path, per: Per, *, force: bool) -> Settings:
    """Where `output` is a cassette's name, all goes there."""
    if one_file.is_one(output):
        file = one_file.require(output, flags, overwrite=force)
        chosen = from_flags(flags, file.parent, Per.RUN)
        return msgspec.structs.replace(chosen, file=file, overwrite=force)
    if force:
        raise click.UsageError("--force is for -o FILE: in a folder nothing is replaced")
    return from_flags(flags, output.absolute(), per)


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not equals or not name or not url:
        # What it is instead may be a URL with a password: it is not quoted.
        raise click.BadParameter("what it is given is not NAME=URL", param_hint="--base-url-env")
    return name, url


def _origin(url: str) -> str:
    """The upstream as mitmproxy wants it: scheme, host, port."""
    try:
        parts, port = urls.split(url)
    except ValueError as error:
        raise click.BadParameter(f"no http(s)://HOST[:PORT]: {error}", param_hint="--upstream") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(
            f"{sanitise(urls.shown(url))!r} is no http:// or https:// URL", param_hint="--upstream"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise click.BadParameter(
            "only scheme, host and port can be given; a path goes into your client's base URL",
            param_hint="--upstream",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _proxy(url: str) -> UpstreamProxy:
    """Its credentials are quoted nowhere."""
    try:
        return parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--upstream-proxy") from None


def _listen(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
        raise click.BadParameter(f"{sanitise(address)!r} is not HOST:PORT", param_hint="--listen")
    return host, int(port)


def _say(line: str) -> None:
    """A line on standard error; what it quotes may come from the network.

    Where nobody reads it any more, the recording goes on.
    """
    with contextlib.suppress(OSError):
        click.echo(sanitise(line), err=True)
