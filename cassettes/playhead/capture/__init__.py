"""Capture: exchanges on their way into cassettes, whoever watches them pass.

What records (a proxy's addon, a client's transport) tells of exchanges in `items`, through a `backlog` to
one `writer` thread; `recording` writes each into the cassette that its `shelves` gives. Knows the store;
neither mitmproxy nor a client library.
"""
