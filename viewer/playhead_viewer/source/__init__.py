"""What the panes show, read from a cassette. Knows `playhead` and `safe`; no widget, no terminal."""
