"""Replay in pytest: the plugin, its fixtures, and what a test is told when something does not fit.

Knows pytest; the client libraries only through `playhead.httpx` and `playhead.httpx2`. The plugin is loaded
at every start of pytest, so nothing here imports more than it must before a test asks for it.

PYTEST_DONT_REWRITE
"""
