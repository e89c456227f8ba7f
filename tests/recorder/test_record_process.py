"""The recorder as a process: signals, bad surroundings, a disk that fails, other addons beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from playhead import EndingKind, How
from playhead.errors import PlayheadError
from playhead_recorder.commands import record

SSE = b"content-type: text/event-stream\r\n"
KINDS = ["record", "mitmdump"]


def chunks_through(served, client, number):
    for n in range(number):
        chunk = b"data: %d %b\n\n" % (n, b"x" * 100)
        served.send_chunk(chunk)
        assert client.read_chunk() == chunk


def start_stream(proxy, origin, token):
    client = proxy.get(f"/{token}")
    served = origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    return served, client


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_open_cassettes(start_proxy, origin, tmp_path, kind, number):
    proxy = start_proxy(kind, origin.url, tmp_path / "out")
    streams = [start_stream(proxy, origin, f"stream{n}") for n in range(3)]
    for served, client in streams:
        chunks_through(served, client, 2)
    for n in range(3):
        proxy.partial(f"stream{n}")
    assert proxy.stop(number) == 0
    assert not list((tmp_path / "out").glob("unfinished/*"))
    for n in range(3):
        exchange = proxy.cassette(f"stream{n}")[1]
        assert len(exchange.chunks) == 2
        assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.RECORDER_STOPPED, How.UNKNOWN)
    if kind == "record":
        said = "".join(proxy.lines)
        assert "Recorded 3 streams: 6 events, 6 chunks" in said
        assert "Traceback" not in said


def test_record_says_what_it_left_out(start_proxy, origin, tmp_path):
    proxy = start_proxy("record", origin.url, tmp_path, "--only-streams", "--log", "text")
    client = proxy.get("/plain")
    served = origin.accept()
    served.send_head(b"content-type: text/plain\r\ncontent-length: 2\r\n")
    served.send(b"hi")
    client.read_until(b"hi")
    assert proxy.stop(signal.SIGINT) == 0
    assert "Recorded 0 streams" in "".join(proxy.lines)
    assert "Not recorded: 1 exchange left out (no stream 1)." in "".join(proxy.lines)


def test_record_holds_back_no_other_response_either(start_proxy, origin, tmp_path):
    proxy = start_proxy("record", origin.url, tmp_path)
    client = proxy.get("/ndjson")
    served = origin.accept()
    served.send_chunked_head(b"content-type: application/x-ndjson\r\n")
    client.read_until(b"\r\n\r\n")
    chunks_through(served, client, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_is_made_for_its_owner_only(start_proxy, origin, tmp_path, kind):
    start_proxy(kind, origin.url, tmp_path / "new" / "folder")
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_costs_the_recording_not_the_stream(start_proxy, origin, tmp_path, kind):
    # 16 blocks of 512 bytes: a file cannot grow beyond, as on a full disk.
    limited = ("sh", "-c", 'ulimit -f 16 && exec "$@"', "sh")
    proxy = start_proxy(kind, origin.url, tmp_path / "out", wrap=limited)
    served, client = start_stream(proxy, origin, "toolong")
    chunks_through(served, client, 100)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    served, client = start_stream(proxy, origin, "short")
    chunks_through(served, client, 2)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    assert proxy.cassette("short")[1].ending.kind is EndingKind.COMPLETE
    proxy.stop()
    warnings = [line for line in proxy.lines if "recorded no further" in line]
    assert len(warnings) == 1
    assert "File too large" in warnings[0]
    [partial] = (tmp_path / "out").glob("unfinished/*.partial")
    assert partial.read_bytes().endswith(b"}\n")
    exchange = proxy.partial("toolong")[1]
    assert 1 < len(exchange.chunks) < 100
    assert exchange.ending.kind is EndingKind.TRUNCATED


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_disappears_costs_one_recording(start_proxy, origin, tmp_path, kind):
    proxy = start_proxy(kind, origin.url, tmp_path / "out")
    served, client = start_stream(proxy, origin, "first")
    chunks_through(served, client, 1)
    proxy.partial("first")
    shutil.rmtree(tmp_path / "out")
    chunks_through(served, client, 2)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    proxy.wait_for("recorded no further")
    served, client = start_stream(proxy, origin, "second")
    chunks_through(served, client, 1)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    assert proxy.cassette("second")[1].ending.kind is EndingKind.COMPLETE


CHAINED = """
from mitmproxy import http

def shout(data):
    return data.upper()

def responseheaders(flow):
    flow.response.stream = {stream}
"""


def test_a_stream_callable_of_another_addon_still_works(start_proxy, origin, tmp_path, addon_path):
    other = tmp_path / "other.py"
    other.write_text(CHAINED.format(stream="shout"))
    proxy = start_proxy("mitmdump", origin.url, tmp_path / "out", "-s", str(other), "-s", addon_path)
    served, client = start_stream(proxy, origin, "chained")
    served.send_chunk(b"data: quiet\n\n")
    assert client.read_chunk() == b"DATA: QUIET\n\n"
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    exchange = proxy.cassette("chained")[1]
    assert exchange.body == b"data: quiet\n\n"
    assert exchange.ending.kind is EndingKind.COMPLETE


def test_an_addon_that_replaces_our_callable_is_named_as_a_loss(start_proxy, origin, tmp_path, addon_path):
    other = tmp_path / "other.py"
    other.write_text(CHAINED.format(stream="True"))
    proxy = start_proxy("mitmdump", origin.url, tmp_path / "out", "-s", addon_path, "-s", str(other))
    served, client = start_stream(proxy, origin, "replaced")
    chunks_through(served, client, 2)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    exchange = proxy.cassette("replaced")[1]
    assert len(exchange.chunks) == 0
    assert [loss.detail for loss in exchange.losses] == ["stream_replaced"]
    proxy.wait_for("another addon replaced the stream")


def test_a_reload_of_the_script_ends_what_is_open_and_records_on(start_proxy, origin, tmp_path, addon_path):
    script = tmp_path / "script.py"
    shutil.copy(addon_path, script)
    proxy = start_proxy("mitmdump", origin.url, tmp_path / "out", "-s", str(script))
    served, client = start_stream(proxy, origin, "before")
    chunks_through(served, client, 2)
    proxy.partial("before")
    os.utime(script, (2_000_000_000, 2_000_000_000))
    proxy.wait_for("Loading script")
    assert proxy.cassette("before")[1].ending.kind is EndingKind.RECORDER_STOPPED
    chunks_through(served, client, 2)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    served, client = start_stream(proxy, origin, "after")
    chunks_through(served, client, 2)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    assert proxy.cassette("after")[1].ending.kind is EndingKind.COMPLETE


def test_an_idle_connection_that_the_proxy_closes_is_a_timeout(start_proxy, origin, tmp_path, idle_timeout):
    for seconds in (1, 8, 64):  # a machine that takes longer than that between two steps is given more
        idle = ("--set", f"{idle_timeout}={seconds}")
        proxy = start_proxy("mitmdump", origin.url, tmp_path / str(seconds), *idle)
        with contextlib.suppress(AssertionError, OSError):
            served, client = start_stream(proxy, origin, "idle")
            chunks_through(served, client, 1)
            break
    else:
        pytest.fail("not even the beginning of a stream came within a minute")
    assert client.read_rest() == b""
    ending = proxy.cassette("idle")[1].ending
    assert (ending.kind, ending.how) == (EndingKind.TIMEOUT, How.TIMEOUT)


def test_a_killed_recorder_loses_no_written_line(start_proxy, origin, tmp_path, until):
    proxy = start_proxy("record", origin.url, tmp_path)
    served, client = start_stream(proxy, origin, "killed")
    chunks_through(served, client, 20)
    until(lambda: len(proxy.partial("killed")[1].chunks) == 20)
    proxy.stop(signal.SIGKILL)
    cassette = proxy.partial("killed")
    assert cassette.torn is None
    assert cassette[1].ending.kind is EndingKind.TRUNCATED


def run(*arguments: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "playhead", *arguments],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_said(origin, proxy_env, tmp_path):
    pytest.importorskip("mitmproxy")
    done = run(
        *("record", "--upstream", origin.url, "--listen", f"127.0.0.1:{origin.port}"),
        env=proxy_env,
        cwd=tmp_path,
    )
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        f"Error: cannot listen on 127.0.0.1:{origin.port}: Address already in use",
        "Choose another with --listen HOST:PORT; port 0 takes any free one.",
    ]
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_none_is_said(proxy_env, tmp_path):
    pytest.importorskip("mitmproxy")
    (tmp_path / "file").write_text("")
    for folder in ("file", "file/below"):
        done = run("record", "--upstream", "http://127.0.0.1:9", "-o", folder, env=proxy_env, cwd=tmp_path)
        assert done.returncode == 4
        assert "Not a directory" in done.stderr
        assert "Traceback" not in done.stderr


def test_mitmdump_refuses_to_start_with_a_folder_that_is_none(addon_path, proxy_env, tmp_path):
    pytest.importorskip("mitmproxy")
    (tmp_path / "file").write_text("")
    mitmdump = Path(sys.executable).with_name("mitmdump")
    done = subprocess.run(
        [mitmdump, "-p", "0", "-s", addon_path, "--set", f"playhead_dir={tmp_path}/file"],
        env=proxy_env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"playhead_dir: {tmp_path}/file: Not a directory" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--upstream", "ftp://host"), "no http:// or https:// URL"),
        (("--upstream", "host"), "no http:// or https:// URL"),
        (("--upstream", "http://host/v1"), "base URL"),
        (("--upstream", "http://user:pw@host"), "only scheme, host and port"),
        (("--upstream", "http://host:99999"), "its port cannot be read"),
        (("--upstream", "http://host", "--listen", "nothing"), "not HOST:PORT"),
        (("--upstream", "http://host", "--listen", "h:99999"), "not HOST:PORT"),
        (("--base-url-env", "A=http://host"), "needs a program"),
        (("--confdir", "conf"), "needs a program"),
        (("--upstream", "http://host", "--", "true"), "cannot be given with a program"),
        (("--listen", "127.0.0.1:0", "true"), "cannot be given with a program"),
        (("--base-url-env", "http://host", "true"), "not NAME=URL"),
        (("--upstream", "http://a", "--upstream", "http://b", "--listen", "h:65535"), "as many ports"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_a_usage_error(arguments, said):
    done = CliRunner().invoke(record, list(arguments))
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "http://bob:hunter2",
        "http://bob:hunter2@h:x/",
        "http://bob:hunter2\u2100@h/",
        "http://bob:hun/ter2@h/",
        "bob:hunter2@h",
        "ftp://bob:hunter2@h",
        "http:/bob:hunter2@h",
        "http://bob:hunter2@[h",
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        ("--upstream", "{}"),
        ("--upstream-proxy", "{}/path"),
        ("--base-url-env", "X={}", "true"),
        ("--base-url-env", "{}", "true"),
    ],
)
def test_a_password_in_a_wrong_url_is_shown_nowhere(arguments, url):
    done = CliRunner().invoke(record, [argument.format(url) for argument in arguments])
    assert done.exit_code == 2 or isinstance(done.exception, PlayheadError)
    text = done.output + str(done.exception)
    assert "ter2" not in text


def test_a_command_that_is_empty_is_not_left_out():
    """A variable that nobody set: waiting for clients would look like a program that hangs."""
    done = CliRunner().invoke(record, ["--"])
    assert done.exit_code == 2
    assert "a command is expected behind --" in done.output


def test_a_host_that_is_none_is_a_usage_error(proxy_env, tmp_path):
    done = run("record", "--upstream", "http://ho st", env=proxy_env, cwd=tmp_path)
    assert done.returncode == 2
    assert "Invalid hostname" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


WITHOUT_MITMPROXY = """
import sys
sys.modules["mitmproxy"] = None
sys.argv = ["playhead", *sys.argv[1:]]
from playhead.cli.main import main
main()
"""


def run_without_mitmproxy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_MITMPROXY, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_addon_prints_a_file_and_needs_no_mitmproxy(addon_path):
    done = run_without_mitmproxy("addon")
    assert (done.returncode, done.stdout, done.stderr) == (0, addon_path + "\n", "")


def test_record_without_its_extra_says_which(tmp_path):
    done = run_without_mitmproxy("record", "--upstream", "http://127.0.0.1:9", "-o", str(tmp_path / "out"))
    assert done.returncode == 4
    assert "playhead[record]" in done.stderr or "needs Python 3.12" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_help_of_record_needs_no_mitmproxy():
    done = run_without_mitmproxy("record", "--help")
    assert done.returncode == 0
    assert "--upstream" in done.stdout
