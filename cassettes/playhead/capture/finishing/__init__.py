"""Finishing: an unfinished cassette becomes a finished one: redacted, compressed, under its name.

Knows the store and processes; never who captured. A recorder hands over what it has written to the end;
`finisher` says what a finisher is.
"""
