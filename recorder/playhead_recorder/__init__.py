"""Recording: a mitmproxy addon, a proxy around one program, a proxy before servers.

Knows `playhead` and mitmproxy; never the viewer. Importing this imports neither.
"""
