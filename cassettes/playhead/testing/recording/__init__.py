"""Recording in tests: what passes while a test runs goes into its cassette, or is compared with it.

Knows the capture, the store and the redaction; the client libraries only through `playhead.httpx` and
`playhead.httpx2`. Imported by the first test that records.
PYTEST_DONT_REWRITE
"""
