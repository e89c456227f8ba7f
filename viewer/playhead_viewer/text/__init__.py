"""Text for a terminal: made safe, measured, cut; numbers and times in words. Knows no stream, no widget."""
