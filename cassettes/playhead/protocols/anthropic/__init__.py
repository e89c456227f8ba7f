"""Anthropic: the Messages stream (`messages`), and the older text completions (`completions`).

Two readings of one stream stand side by side: `snapshot` is what the official SDK accumulates, exceptions
included, and stops where it raises; `reading` is what the stream says, to its end. `texts` holds the text
that both share. The only package that may know Anthropic's events.
"""
