"""Performing plans: which exchange answers, when each step is due, what an ending is to the client.

Clocks and sockets live here and in the adapters (`playhead.httpx`, `playhead.httpx2`); what happens, and
in which order, `playhead.plan` has decided.
"""
