"""What the viewer thinks with: cursor, filter, search, player, marks. Knows no widget and no clock."""
