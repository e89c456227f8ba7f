"""Widgets of one idea each. They draw what `source` hands them and know no cassette."""
