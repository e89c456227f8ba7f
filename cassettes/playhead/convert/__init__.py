"""Streams in other formats, to cassettes and back: a format a module."""
