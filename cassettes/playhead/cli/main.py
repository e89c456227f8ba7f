"""The `playhead` command: finds the command, turns errors into messages and exit codes.

Exit codes: 0 fine, 1 findings or mismatch, 2 usage, 3 unreadable or damaged input, 4 cannot run,
130 interrupted, 141 the reader of standard output left.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from playhead.cli.table import COMMANDS, Entry
from playhead.errors import InputError, PlayheadError, UsageError
from playhead.sanitise import sanitise, sanitise_lines
from playhead.version import __version__

_CANNOT_RUN = 4
_STDIN = "-"
_DIED_OF_PIPE = 141  # what a shell reports of a program that SIGPIPE ended


class Commands(click.Group):
    """A group whose commands are imported when they are called; a bare path opens the viewer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        return _load(entry) if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name == _STDIN:
            args = ["view", *args]
        elif name not in COMMANDS and not name.startswith("-"):
            if Path(name).exists() or os.sep in name or name.endswith((".jsonl", ".partial", ".zst")):
                args = ["view", *args]
            else:
                ctx.fail(f"No command and no file is named {sanitise(name)!r}.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _leave_quietly()  # before click makes it exit code 1, which is "mismatch" here

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "A bare path opens the viewer: playhead recording.cassette.jsonl."
        " Exit codes: 0 fine, 1 findings or mismatch, 2 usage, 3 unreadable or damaged input,"
        " 4 cannot run (a port, a permission, an extra), 130 interrupted."
    ),
)
@click.version_option(__version__, prog_name="playhead")
def cli() -> None:
    """Record Server-Sent-Event streams, step through them, replay them."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _prepare_streams()
    try:
        code = cli.main(prog_name="playhead", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _leave_quietly()
    except PlayheadError as error:
        click.echo(f"Error: {sanitise_lines(str(error))}", err=True)
        sys.exit(exit_code(error))
    except OSError as error:
        # What concerns a file was said with its name; what is left is a stream that cannot be written.
        click.echo(f"Error: standard output: {sanitise(error.strerror or str(error))}", err=True)
        _drop_output()
        sys.exit(_CANNOT_RUN)


def exit_code(error: PlayheadError) -> int:
    """The exit code that an error's type stands for."""
    if isinstance(error, UsageError):
        return 2
    return 3 if isinstance(error, InputError) else 4


def _show(error: click.ClickException) -> None:
    """What click would say, which may quote an argument, made safe for a terminal."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"Try '{error.ctx.command_path} --help' for help.\n", err=True)
    click.echo(f"Error: {sanitise_lines(error.format_message())}", err=True)


def _prepare_streams() -> None:
    """See that writing fails as an `OSError` at worst: for no character, and for no stream that is closed."""
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedReader(io.FileIO(os.devnull)))
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it is ours to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Python flushes standard output once more when it leaves: let that have an end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave_quietly() -> NoReturn:
    """The reader left (`| head`): nothing more to say."""
    _drop_output()
    sys.exit(_DIED_OF_PIPE)


def _load(entry: Entry) -> click.Command:
    module, _, attribute = entry.target.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command
