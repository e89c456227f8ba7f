"""The table of endings: what was seen, and what it says."""

from __future__ import annotations

import itertools

import pytest

from playhead import EndingKind, Framing, How
from playhead_recorder.traffic.endings import RULES, Cause, Evidence, Peer, facts, judge

GONE = [peer for peer in Peer if peer is not Peer.OPEN]


def seen(cause=Cause.ERROR, client=Peer.OPEN, server=Peer.OPEN, **other) -> Evidence:
    return Evidence(cause=cause, client=client, server=server, **other)


def everything():
    for cause, client, server, framing, one, two, idle, crashed in itertools.product(
        Cause, Peer, Peer, Framing, (False, True), (False, True), (False, True), (False, True)
    ):
        yield seen(
            cause,
            client,
            server,
            framing=framing,
            client_multiplexed=one,
            server_multiplexed=two,
            idle=idle,
            crashed=crashed,
        )


def test_whatever_is_seen_has_a_verdict_and_every_rule_is_needed():
    used = {next(number for number, rule in enumerate(RULES) if rule.fits(each)) for each in everything()}
    assert used == set(range(len(RULES)))


def test_no_verdict_claims_what_was_not_seen():
    for each in everything():
        verdict = judge(each)
        if verdict.kind is EndingKind.COMPLETE:
            assert each.cause is Cause.RESPONSE
        if verdict.kind is EndingKind.RECORDER_STOPPED:
            assert each.cause is Cause.STOPPED
        if verdict.how is How.FIN:
            assert Peer.FIN in (each.client, each.server)
        if each.crashed:
            assert verdict.kind in (EndingKind.UNKNOWN, EndingKind.COMPLETE, EndingKind.SERVER_CLOSED)
        if verdict.kind is EndingKind.TIMEOUT:
            assert each.idle


@pytest.mark.parametrize(
    ("evidence", "kind", "how"),
    [
        (seen(Cause.STOPPED, Peer.FIN, Peer.FIN), EndingKind.RECORDER_STOPPED, How.UNKNOWN),
        (seen(Cause.KILLED, Peer.OPEN, Peer.OPEN, server_multiplexed=True), EndingKind.UNKNOWN, How.UNKNOWN),
        (seen(Cause.ERROR, Peer.FIN, crashed=True), EndingKind.UNKNOWN, How.UNKNOWN),
        (seen(Cause.STOPPED, crashed=True), EndingKind.UNKNOWN, How.UNKNOWN),
        (seen(Cause.RESPONSE, crashed=True), EndingKind.COMPLETE, How.CLEAN),
        (seen(Cause.RESPONSE), EndingKind.COMPLETE, How.CLEAN),
        (seen(Cause.RESPONSE, server=Peer.RESET, framing=Framing.CHUNKED), EndingKind.COMPLETE, How.CLEAN),
        (seen(Cause.RESPONSE, server=Peer.RESET, framing=Framing.CLOSE), EndingKind.SERVER_CLOSED, How.RESET),
        (seen(server=Peer.FIN), EndingKind.SERVER_CLOSED, How.FIN),
        (seen(server=Peer.RESET), EndingKind.SERVER_CLOSED, How.RESET),
        (seen(server=Peer.GONE), EndingKind.SERVER_CLOSED, How.UNKNOWN),
        # The proxy closes the server's connection when the client leaves.
        (seen(client=Peer.FIN, server=Peer.SILENT), EndingKind.CLIENT_CLOSED, How.FIN),
        (seen(client=Peer.RESET, server=Peer.FIN), EndingKind.CLIENT_CLOSED, How.RESET),
        (seen(client=Peer.SILENT, server=Peer.SILENT, idle=True), EndingKind.TIMEOUT, How.TIMEOUT),
        (seen(client=Peer.SILENT, server=Peer.SILENT), EndingKind.UNKNOWN, How.UNKNOWN),
        # A stream reset from an HTTP/2 client before an HTTP/1 server, and the other way round.
        (seen(server=Peer.SILENT, client_multiplexed=True), EndingKind.CLIENT_CLOSED, How.RESET),
        (seen(server_multiplexed=True), EndingKind.SERVER_CLOSED, How.RESET),
        (seen(server_multiplexed=True, client_multiplexed=True), EndingKind.UNKNOWN, How.RESET),
        # A broken framing: nobody closed anything, mitmproxy gave up.
        (seen(server=Peer.SILENT), EndingKind.UNKNOWN, How.UNKNOWN),
    ],
)
def test_who_ended_it(evidence, kind, how):
    verdict = judge(evidence)
    assert (verdict.kind, verdict.how) == (kind, how)


def test_the_evidence_is_kept_in_the_formats_words():
    evidence = seen(client=Peer.OPEN, server=Peer.FIN, framing=Framing.CHUNKED, error="verbatim")
    assert facts(evidence, judge(evidence)) == {
        "how": "fin",
        "client_open": "true",
        "server_open": "false",
        "framing": "chunked",
        "framing_complete": "false",
        "error": "verbatim",
    }


def test_the_code_of_a_stream_that_was_reset_is_kept_as_a_number():
    evidence = seen(server_multiplexed=True, error="stream reset by client (CANCEL)", error_code=8)
    assert facts(evidence, judge(evidence))["error_code"] == "8"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("stream reset by client (NO_ERROR)", 0),
        ("stream reset by client (CANCEL)", 8),
        ("stream reset by client (4711)", 4711),
        # Of HTTP/3, whose codes are others.
        ("stream reset by client (H3_REQUEST_CANCELLED)", None),
        ("HTTP/2 connection closed: <ConnectionTerminated error_code:2, last_stream_id:1>", None),
        ("peer closed connection", None),
        ("", None),
    ],
)
def test_mitmproxy_tells_the_code_in_its_message(error, code):
    pytest.importorskip("mitmproxy")
    from playhead_recorder.traffic.evidence import reset_code

    assert reset_code(error) == code


@pytest.mark.parametrize(
    ("framing", "server", "complete"),
    [
        (Framing.CHUNKED, Peer.OPEN, "true"),
        (Framing.H2, Peer.OPEN, "true"),
        (Framing.CLOSE, Peer.FIN, "true"),
        (Framing.CLOSE, Peer.GONE, None),
        (Framing.UNKNOWN, Peer.OPEN, None),
    ],
)
def test_a_body_that_only_its_end_delimits_is_complete_where_the_end_was_seen(framing, server, complete):
    evidence = seen(Cause.RESPONSE, server=server, framing=framing)
    assert facts(evidence, judge(evidence)).get("framing_complete") == complete
