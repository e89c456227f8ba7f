"""The demo's parts: child processes, a client that notes what it met, a comparison of two streams.

The commands themselves are run as a user would run them, so that the demo proves what is shipped.
"""
