"""What each pane says, as lines of styled text for a width. Knows streams; no widget, no terminal."""
