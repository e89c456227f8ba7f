"""`playhead record -- CMD ARG…`: a proxy around one program.

`run` is the order of things; `environment`, `base_urls` and `node` say what the program is told,
`certificates` what it is to trust, `child` and `bystander` give it the terminal and its signals, `proxy` is
mitmproxy in a thread, `seen` what passed by there, and `report` the words afterwards.
"""
