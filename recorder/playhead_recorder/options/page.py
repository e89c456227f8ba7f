"""The page docs/record-options.md, written from the table of options:

python -m playhead_recorder.options.page > docs/record-options.md
"""

from __future__ import annotations

import sys

from playhead_recorder.options.table import OPTIONS, PER, Group, Kind, Option

_OPENING = """\
# What a recorder can be told

Written by `python -m playhead_recorder.options.page`; a test holds that it is current.

The same options stand in two places: as flags of `playhead record`, and as options of the addon in your
own mitmproxy.

```
playhead record --hosts api.openai.com --hosts '*.anthropic.com' --only-streams
mitmdump -s "$(playhead addon)" --set playhead_hosts=api.openai.com --set 'playhead_hosts=*.anthropic.com' \\
  --set playhead_only_streams
```

In mitmproxy's `config.yaml` a list is a list, and every other value but true and false a string, in
quotes (`playhead_sample: "0.1"`). A value that cannot be meant is refused at the start, and so are
options that contradict each other, and options that do not exist: mitmproxy does not start then.

What values look like:

- A **GLOB** is matched against the whole: `*` is any run of characters, `/` too, and `?` any single one.
  Repeat a list's option for more globs: one that matches is enough. A glob after `!` leaves out what it
  matches, whatever else matches: `--hosts '!*.internal'` records everything else.
- A **SIZE** is a number of bytes, or one with a unit: `500MB` and `500M` count in thousands, `64MiB` in
  1,024. A **TIME** has a unit: `90s`, `30m`, `12h`, `7d`, `2w`. Where there is a limit, `none` sets none.
"""

_NOTES = {
    Group.WHERE: """\
`header:NAME` keeps a session together, where the client names it in a header.
""",
    Group.WHICH: """\
An exchange is recorded where all filters let it pass. What they keep out is passed on like everything
else, and counted by the filter that kept it out.

- Hosts are those of the URL that the server is asked for, whether the proxy stands before it or is a
  forward proxy.
- Paths and the values of headers are compared in their case, everything else in any.
- `NAME` alone asks for a header with any value, `!NAME` for none. Several `NAME=GLOB` of one name are
  alternatives; different names must all be met.
- The model is the member `model` of a body of JSON, in any content encoding, up to 8 MiB; or the part of
  a path after `/models/` (Gemini, Vertex AI), `/deployments/` (Azure OpenAI) or `/model/` (Amazon
  Bedrock). Where a request names both, either may match, and either may leave it out. A request that
  names none is recorded only where no glob says what to record.
- A sample by a header is decided by a hash of its value, with a key that is the same everywhere: a
  session is recorded whole or not at all, after a restart and by several recorders too. What is in a
  smaller sample is in every larger one.
""",
    Group.LIMITS: """\
What is over a limit still reaches the client; the cassette says what is missing.
""",
    Group.KEEPING: """\
Rotation is for cassettes that exchanges share; the exchanges that a cassette has are finished in it.
Retention removes only cassettes that are finished and bear a recorder's name. A cassette that would be
removed as soon as it is rotated is refused: retention must not be less than rotation.
""",
    Group.SECRETS: """\
They are those of `playhead redact`: see [redaction](redaction.md). The switches add to the file, or to the
built-in policy without one; each may be repeated. What they say holds for everything that this recorder
finishes, what others left behind included. A cassette says by which policy it was redacted.
""",
    Group.OPERATION: """\
What the counters count, and what the lines look like, is told in [operation](operation.md).
""",
}


def as_markdown() -> str:
    """The page."""
    parts = [_OPENING]
    for group in Group:
        parts.append(f"\n## {group.value}\n\n| flag | option of mitmproxy | default | |\n|---|---|---|---|\n")
        parts += [_row(option) for option in OPTIONS if option.group is group]
        parts.append(f"\n{_NOTES[group]}")
    return "".join(parts)


def _row(option: Option) -> str:
    value = f" {option.metavar}" if option.metavar else ""
    cells = (f"`{option.flag}{value}`", f"`{option.option}`", _default(option), option.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(option: Option) -> str:
    if option.name == PER:
        return f"`{option.default}`; `run` with a program"
    if option.kind is Kind.TEXT and option.default is not None:
        return f"`{option.default}`"
    return "off" if option.kind is Kind.SWITCH else "–"


if __name__ == "__main__":
    sys.stdout.buffer.write(as_markdown().encode())
