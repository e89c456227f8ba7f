"""The recorder's part of `playhead doctor`: every check in each of its states, and the live one for real."""

from __future__ import annotations

import datetime
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import playhead
from playhead.doctor import Finding, Level, Surroundings
from playhead_recorder.doctor import CHECKS, authority, mitmproxies, port, programs, trial, trust, variables

UTC = datetime.UTC
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells")


def surroundings(
    tmp_path: Path, *, host: str = "127.0.0.1", number: int = 8765, **environ: str
) -> Surroundings:
    return Surroundings(
        environ=environ, folder=tmp_path, host=host, port=number, confdir=tmp_path / "confdir"
    )


def test_every_check_gives_a_finding_under_its_name(tmp_path):
    for name, check in CHECKS:
        assert check(surroundings(tmp_path, number=0, PATH=os.environ["PATH"])).name == name


# -- the port


def test_a_port_that_is_free(tmp_path):
    assert port.port(surroundings(tmp_path, number=0)).level is Level.OK
    assert port.port(surroundings(tmp_path, number=0, host="localhost")).level is Level.OK


def test_a_port_that_others_can_reach(tmp_path):
    assert port.port(surroundings(tmp_path, number=0, host="0.0.0.0")).level is Level.WARN


@NEEDS_PROC
def test_who_is_in_the_way(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = port.port(surroundings(tmp_path, number=number))
        assert found.level is Level.FAIL
        assert f"(pid {os.getpid()}) listens there" in found.what
    assert port.holder(number) is None


def test_a_port_in_use_where_nobody_can_tell_by_whom(tmp_path, monkeypatch):
    monkeypatch.setattr(port, "holder", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = port.port(surroundings(tmp_path, number=taken.getsockname()[1]))
    assert (found.level, found.what.partition(": ")[2]) == (Level.FAIL, "Address already in use")


def test_a_host_that_is_no_host(tmp_path):
    found = port.port(surroundings(tmp_path, number=0, host="no host at all"))
    assert (found.level, found.what) == (Level.FAIL, "no host at all:0: no such host")


def test_an_address_of_another_machine(tmp_path):
    assert port.port(surroundings(tmp_path, number=0, host="192.0.2.1")).level is Level.FAIL


# -- the variables


@pytest.mark.parametrize(
    ("environ", "level", "told"),
    [
        ({}, Level.OK, "none set"),
        ({"HTTPS_PROXY": "http://127.0.0.1:8765"}, Level.OK, "HTTPS_PROXY lead to 127.0.0.1:8765"),
        ({"https_proxy": "127.0.0.1:8765"}, Level.OK, "https_proxy lead to 127.0.0.1:8765"),
        (
            {"HTTPS_PROXY": "http://me:secret@proxy.corp:3128"},
            Level.WARN,
            "HTTPS_PROXY leads to proxy.corp:3128. ",
        ),
        ({"HTTPS_PROXY": "http://proxy"}, Level.WARN, "HTTPS_PROXY leads to proxy. "),
        ({"ALL_PROXY": "http://h:secret"}, Level.WARN, "ALL_PROXY leads to (no address). "),
        (
            {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://u:secret@b:1"},
            Level.WARN,
            "HTTPS_PROXY and https_proxy differ",
        ),
    ],
)
def test_proxy_variables(tmp_path, environ, level, told):
    found = variables.proxies(surroundings(tmp_path, **environ))
    assert found.level is level
    assert told in found.what
    assert "secret" not in repr(found)


OURS = {"HTTPS_PROXY": "http://127.0.0.1:8765"}


@pytest.mark.parametrize(
    ("environ", "level", "told"),
    [
        ({}, Level.OK, "none set"),
        ({**OURS, "NO_PROXY": " , "}, Level.OK, "none set"),
        ({"NO_PROXY": "localhost"}, Level.NOTE, "localhost. "),
        ({**OURS, "NO_PROXY": "intern.corp"}, Level.NOTE, "past the recorder to intern.corp"),
        ({**OURS, "NO_PROXY": "localhost,127.0.0.1"}, Level.WARN, "to localhost, 127.0.0.1"),
        ({**OURS, "no_proxy": ".anthropic.com"}, Level.WARN, "to api.anthropic.com"),
        ({**OURS, "no_proxy": "*.openai.com"}, Level.WARN, "to api.openai.com"),
        ({**OURS, "NO_PROXY": "openai.com.evil"}, Level.NOTE, "openai.com.evil"),
        ({**OURS, "NO_PROXY": "*"}, Level.WARN, "to localhost, 127.0.0.1, ::1, api.anthropic.com"),
    ],
)
def test_what_goes_past_the_proxy(tmp_path, environ, level, told):
    found = variables.no_proxy(surroundings(tmp_path, **environ))
    assert found.level is level
    assert told in found.what


@pytest.fixture
def confdir(tmp_path: Path) -> Path:
    """A folder of mitmproxy's with a CA."""
    certs = pytest.importorskip("mitmproxy.certs")
    certs.CertStore.from_store(tmp_path / "confdir", "mitmproxy", 2048)
    return tmp_path / "confdir"


def test_variables_of_certificates(tmp_path, confdir):
    assert variables.authorities(surroundings(tmp_path)).level is Level.OK
    here = {"SSL_CERT_FILE": str(confdir / "mitmproxy-ca-cert.pem"), "SSL_CERT_DIR": str(tmp_path)}
    found = variables.authorities(surroundings(tmp_path, **here))
    assert (found.level, found.what) == (Level.OK, "SSL_CERT_FILE and 1 more: there, with certificates")
    (tmp_path / "empty.pem").write_text("")
    nowhere = {"SSL_CERT_FILE": str(tmp_path / "gone.pem"), "CURL_CA_BUNDLE": str(tmp_path / "empty.pem")}
    found = variables.authorities(surroundings(tmp_path, **nowhere))
    assert found.level is Level.WARN
    assert "SSL_CERT_FILE: " in found.what
    assert "gone.pem: No such file or directory" in found.what
    assert "empty.pem holds no certificate" in found.what


# -- the CA


@pytest.mark.usefixtures("confdir")
def test_a_ca_that_is_fine(tmp_path):
    found = authority.authority(surroundings(tmp_path))
    assert (found.level, found.fix) == (Level.OK, None)
    assert "valid until 20" in found.what


def test_no_ca_yet(tmp_path):
    (tmp_path / "confdir").mkdir()
    found = authority.authority(surroundings(tmp_path))
    assert found.level is Level.NOTE
    assert "mitmproxy makes a CA when it first starts" in found.what


def test_a_folder_of_mitmproxys_that_is_not_there(tmp_path, monkeypatch):
    found = authority.authority(surroundings(tmp_path))
    assert (found.level, found.what.split(":")[0]) == (Level.WARN, f"{tmp_path / 'confdir'} is not there")
    monkeypatch.setattr(authority, "USUAL", tmp_path / "confdir")
    assert authority.authority(surroundings(tmp_path)).level is Level.NOTE


def test_a_ca_whose_key_others_may_read(tmp_path, confdir):
    (confdir / "mitmproxy-ca.pem").chmod(0o644)
    found = authority.authority(surroundings(tmp_path))
    assert (found.level, found.fix) == (Level.WARN, f"chmod 600 {confdir / 'mitmproxy-ca.pem'}")


def test_a_ca_that_is_not_the_one_that_clients_trust(tmp_path, confdir):
    from mitmproxy.certs import CertStore

    CertStore.from_store(tmp_path / "other", "mitmproxy", 2048)
    (tmp_path / "other" / "mitmproxy-ca-cert.pem").replace(confdir / "mitmproxy-ca-cert.pem")
    found = authority.authority(surroundings(tmp_path))
    assert found.level is Level.FAIL
    assert "is not the certificate that" in found.what


def test_a_ca_that_is_no_certificate(tmp_path, confdir):
    (confdir / "mitmproxy-ca-cert.pem").write_text("nothing")
    assert authority.authority(surroundings(tmp_path)).level is Level.FAIL
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for name in ("mitmproxy-ca.pem", "mitmproxy-ca-cert.pem"):
        (confdir / name).write_text(broken)
    found = authority.authority(surroundings(tmp_path))
    assert (found.level, found.what.endswith("holds no certificate that can be read")) == (Level.FAIL, True)


def test_a_ca_that_cannot_be_read(tmp_path, confdir):
    (confdir / "mitmproxy-ca-cert.pem").unlink()
    (confdir / "mitmproxy-ca-cert.pem").mkdir()
    found = authority.authority(surroundings(tmp_path))
    assert found.level is Level.FAIL
    assert "Is a directory" in found.what


@pytest.mark.usefixtures("confdir")
def test_a_ca_without_what_reads_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert authority.authority(surroundings(tmp_path)).level is Level.NOTE


@pytest.mark.parametrize(
    ("now", "level"),
    [
        ("2020-01-01", Level.FAIL),
        ("2025-01-01", Level.OK),
        ("2029-12-15", Level.WARN),
        ("2030-01-01", Level.FAIL),
    ],
)
def test_the_dates_of_a_ca(tmp_path, now, level):
    start = datetime.datetime(2024, 1, 1, tzinfo=UTC)
    end = datetime.datetime(2030, 1, 1, tzinfo=UTC)
    at = datetime.datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert authority.judge_dates(tmp_path, start, end, at).level is level


# -- whether clients trust it


def test_nobody_has_to_trust_what_nobody_is_led_to(tmp_path):
    assert trust.trust(surroundings(tmp_path)).level is Level.OK


def test_nobody_can_trust_what_is_not_there(tmp_path):
    assert trust.trust(surroundings(tmp_path, **OURS)).level is Level.NOTE


def test_who_trusts_the_recorder(tmp_path, confdir):
    public = confdir / "mitmproxy-ca-cert.pem"
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"# ours\n" + public.read_bytes().replace(b"\n", b"\r\n"))
    told = {"SSL_CERT_FILE": str(bundle), "REQUESTS_CA_BUNDLE": str(bundle)}
    found = trust.trust(surroundings(tmp_path, **OURS, **told))
    assert (found.level, found.what) == (
        Level.WARN,
        "clients will refuse the recorder: its CA is not in NODE_EXTRA_CA_CERTS (Node)",
    )
    told["NODE_EXTRA_CA_CERTS"] = str(public)
    assert trust.trust(surroundings(tmp_path, **OURS, **told)).level is Level.OK


# -- programs


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (None, Level.NOTE),
        ("v24.1.0", Level.OK),
        ("v26.0.0", Level.OK),
        ("v22.21.0", Level.OK),
        ("v22.20.0", Level.NOTE),
        ("v23.5.0", Level.NOTE),
        ("v20.20.2", Level.NOTE),
        ("v16.4.0", Level.WARN),
        ("a text", Level.WARN),
        ("", Level.WARN),
    ],
)
def test_node(text, level):
    assert programs.judge_node(text).level is level


def test_no_shim(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "SHIM", tmp_path / "gone.cjs")
    assert programs.node(surroundings(tmp_path)).level is Level.FAIL


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_programs_on_the_path(tmp_path):
    script(tmp_path / "bin", "node", "#!/bin/sh\necho v24.9.9\n")
    script(tmp_path / "bin", "curl", "#!/bin/sh\necho 'curl 8.9.1 (somewhere) and more'\necho other\n")
    around = surroundings(tmp_path, PATH=str(tmp_path / "bin"))
    assert programs.node(around).what.startswith("v24.9.9 heeds")
    assert programs.curl(around) == Finding("curl", Level.OK, "curl 8.9.1")
    assert programs.curl(surroundings(tmp_path, PATH=str(tmp_path))).level is Level.NOTE


# -- mitmproxy elsewhere


def found_mitmproxy(tmp_path: Path, text: str) -> Finding:
    script(tmp_path / "bin", "mitmdump", text)
    return mitmproxies.on_path(surroundings(tmp_path, PATH=str(tmp_path / "bin")))


def test_no_mitmproxy_on_the_path(tmp_path):
    assert mitmproxies.on_path(surroundings(tmp_path, PATH=str(tmp_path))).level is Level.NOTE


def test_a_mitmproxy_of_this_environment(tmp_path):
    found = found_mitmproxy(tmp_path, f"#!{sys.executable}\n")
    assert (found.level, found.what.endswith("is of this environment")) == (Level.OK, True)


def test_a_mitmproxy_that_is_a_binary(tmp_path):
    found = found_mitmproxy(tmp_path, "\x7fELF")
    assert found.level is Level.WARN
    assert "stand-alone binary" in found.what


@pytest.mark.parametrize(
    ("folder", "head"),
    [("other", "#!{python}\n"), ("its own", "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n")],
)
@pytest.mark.parametrize(("answer", "level"), [("True", Level.OK), ("False", Level.WARN)])
def test_a_mitmproxy_of_another_environment(tmp_path, folder, head, answer, level):
    python = script(tmp_path / folder, "python", f"#!/bin/sh\necho {answer}\n")
    found = found_mitmproxy(tmp_path, head.format(python=python))
    assert found.level is level
    assert "another environment" in found.what
    assert (str(python) in (found.fix or "")) is (level is Level.WARN)


def test_a_mitmproxy_whose_python_is_gone(tmp_path):
    assert found_mitmproxy(tmp_path, "#!/no/such/python\n").level is Level.WARN


def test_a_script_that_asks_env(tmp_path):
    path = script(tmp_path / "bin", "mitmdump", "#!/usr/bin/env sh\n")
    assert (mitmproxies.interpreter_of(path) or "").endswith("/sh")


# -- live

BODY = b"".join(trial.EVENTS)
MADE = "20261120T090000.000001Z-127.0.0.1-0a1b2c3d.cassette.jsonl"


@pytest.mark.parametrize(
    ("met", "level"),
    [
        (trial.Met(BODY, (0.001, 0.002, 0.003), True), Level.OK),
        (trial.Met(BODY, (5.0, 5.0, 0.1), False), Level.FAIL),
        (trial.Met(BODY[:-1], (0.1,), True), Level.FAIL),
        (trial.Met(b"", (), True), Level.FAIL),
    ],
)
def test_what_a_client_met(met, level):
    assert trial.judge_stream(met).level is level


def cassette(path: Path, body: bytes, kind: playhead.EndingKind = playhead.EndingKind.COMPLETE) -> None:
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="GET", url="http://h/", t=0.0))
        exchange.response(playhead.Response(status=200, headers=(), t=0.1))
        exchange.chunk(body, 0.2)
        exchange.end(kind, 0.3)


def test_what_a_cassette_holds(tmp_path):
    assert trial.judge_cassettes(tmp_path).what == "the recorder left 0 cassettes, not one"
    (tmp_path / "day").mkdir()
    cassette(tmp_path / "day" / MADE, BODY)
    assert trial.judge_cassettes(tmp_path).level is Level.OK
    cassette(tmp_path / f"b{MADE}", BODY)
    assert trial.judge_cassettes(tmp_path).what == "the recorder left 2 cassettes, not one"


def test_a_cassette_that_holds_something_else(tmp_path):
    cassette(tmp_path / MADE, BODY[:-1])
    assert trial.judge_cassettes(tmp_path).what == "the cassette does not hold what was sent"


def test_a_cassette_that_ends_otherwise(tmp_path):
    cassette(tmp_path / MADE, BODY, playhead.EndingKind.CLIENT_CLOSED)
    assert trial.judge_cassettes(tmp_path).what.endswith("ended as client_closed")


def test_a_cassette_that_cannot_be_read(tmp_path):
    (tmp_path / MADE).write_text("nothing\n")
    assert trial.judge_cassettes(tmp_path).level is Level.FAIL


def test_a_recorder_that_does_not_start(monkeypatch):
    class Gone:
        def __init__(self, *_: object) -> None:
            return

        def __enter__(self) -> None:
            raise playhead.PlayheadError("Traceback\n  somewhere\nPortError: taken")

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(trial, "Service", Gone)
    (found,) = trial.live()
    assert (found.level, found.what) == (
        Level.FAIL,
        "no stream came through the recorder: PortError: taken",
    )


def test_the_live_check_for_real(proxy_env, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "doctor", "--live", "--listen", "127.0.0.1:0", "--format", "json"],
        capture_output=True,
        env=proxy_env,
        cwd=tmp_path,
        timeout=240,
        check=False,
    )
    document = json.loads(done.stdout)
    found = {each["name"]: each for each in document["findings"]}
    assert found["live stream"]["level"] == "ok", found
    assert found["live cassette"]["level"] == "ok", found
    assert found["live stream"]["what"].startswith("3 events came one by one")
    assert list(tmp_path.iterdir()) == []
