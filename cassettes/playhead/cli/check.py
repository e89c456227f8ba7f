"""`playhead check`: is a cassette what it says it is?"""

from __future__ import annotations

import sys

import click

from playhead.cli import inputs, output
from playhead.errors import CassetteError, UnsupportedVersion
from playhead.sanitise import sanitise
from playhead.store import lock
from playhead.store.survey import Problem, Severity, Survey


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "format_", type=click.Choice(output.FORMATS), default="text", show_default=True)
def check(paths: tuple[str, ...], format_: str) -> int:
    """Check cassettes: every line a record, in order, the bodies as long and as hashed as was recorded.

    Exit code 0 where all is well, 1 where something is missing or does not add up, 3 where a line cannot
    be read.
    """
    files = inputs.Each(paths)
    code = 0
    for path in files:
        with files.reading():
            code = max(code, _check(path, format_))
    files.finish()
    return code


def _check(path: str, format_: str) -> int:
    live = path != inputs.STDIN and lock.is_live(path)
    with inputs.open_readline(path) as (readline, name):
        survey = Survey(readline, name, live=live)
        problems = list(_problems(survey))
    _report(name, survey, problems, format_)
    return max((_code(problem) for problem in problems), default=0)


def _problems(survey: Survey) -> list[Problem]:
    try:
        for _ in survey:
            pass
    except UnsupportedVersion:
        raise
    except CassetteError as error:
        return [*survey.problems, Problem(severity=Severity.DAMAGE, what=error.message)]
    if not survey.header and not survey.problems:
        return [Problem(severity=Severity.DAMAGE, what="empty: not even a header")]
    return survey.problems


def _code(problem: Problem) -> int:
    return {Severity.NOTE: 0, Severity.FINDING: 1, Severity.DAMAGE: inputs.UNREADABLE}[problem.severity]


def _report(name: str, survey: Survey, problems: list[Problem], format_: str) -> None:
    tallies = survey.exchanges.values()
    counts = {
        "exchanges": len(tallies),
        "chunks": sum(tally.chunks for tally in tallies),
        "bytes": sum(tally.size for tally in tallies),
    }
    bad = [problem for problem in problems if problem.severity is not Severity.NOTE]
    if format_ == "jsonl":
        sys.stdout.write(output.json_line({"path": name, "kind": "file", "ok": not bad, **counts}))
        for problem in problems:
            sys.stdout.write(
                output.json_line({"path": name, "kind": problem.severity.value, **_row(problem)})
            )
        return
    summary = ", ".join(output.counted(count, what.removesuffix("s")) for what, count in counts.items())
    sys.stdout.write(f"{sanitise(name)}: {'not ok' if bad else 'ok'}: {summary}\n")
    for problem in problems:
        sys.stdout.write(f"  {problem.severity.value}: {_where(problem)}{sanitise(problem.what)}\n")


def _row(problem: Problem) -> dict[str, output.Scalar]:
    return {
        "line": problem.line,
        "byte": problem.byte,
        "exchange": problem.exchange,
        "what": problem.what,
    }


def _where(problem: Problem) -> str:
    if problem.line is not None:
        return f"line {problem.line} (byte {problem.byte}): "
    return f"exchange {problem.exchange}: " if problem.exchange is not None else ""
