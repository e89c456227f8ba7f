"""Which commands there are: name, where each is defined, one line of help.

A name and a line of help are all that `playhead --help` knows: it imports no command's module. The
commands of the recorder and the viewer are named here by dotted path, never imported.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    target: str
    """`module:attribute` of a click command."""
    help: str


COMMANDS: dict[str, Entry] = {
    "addon": Entry("playhead_recorder.commands:addon", "Print the path of the mitmproxy addon."),
    "check": Entry("playhead.cli.check:check", "Check that cassettes are whole."),
    "demo": Entry("playhead.cli.demo:demo", "Record, replay and compare a stream, all on this machine."),
    "describe": Entry("playhead.cli.describe:describe", "Write an AsyncAPI document of recorded streams."),
    "diff": Entry("playhead.cli.diff:diff", "Compare two cassettes, or two exchanges."),
    "doctor": Entry("playhead.cli.doctor:doctor", "Check what recording needs on this machine."),
    "events": Entry("playhead.cli.events:events", "List the frames of cassettes, a line each."),
    "export": Entry("playhead.cli.export:export", "Give a stream back as raw SSE."),
    "import": Entry("playhead.cli.import_:import_", "Make cassettes of raw SSE streams."),
    "lint": Entry("playhead.cli.lint:lint", "Judge recorded streams by rules."),
    "ls": Entry("playhead.cli.ls:ls", "List the exchanges of cassettes."),
    "orphans": Entry("playhead.cli.orphans:orphans", "List cassettes that no test replays."),
    "record": Entry("playhead_recorder.commands:record", "Record streams through a proxy."),
    "recover": Entry("playhead.cli.recover:recover", "Save what is readable of damaged cassettes."),
    "redact": Entry("playhead.cli.redact:redact", "Take secrets out of cassettes, or look for them."),
    "samples": Entry("playhead.cli.samples:samples", "List the cassettes that ship with Playhead."),
    "serve": Entry("playhead.cli.serve:serve", "Replay a cassette over HTTP."),
    "stats": Entry("playhead.cli.stats:stats", "Show when things happened in a stream, and its stalls."),
    "show": Entry("playhead.cli.show:show", "Show the message in a stream, at any frame."),
    "view": Entry("playhead_viewer.commands:view", "Step through a cassette."),
}
