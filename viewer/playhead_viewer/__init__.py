"""The viewer: a Textual app that steps through a cassette. Knows `playhead`; never recorder or wire."""
