"""What the panes show, read from a cassette. Knows `playhead` and `text`; no widget, no terminal."""
