"""`check` and `recover`: what is wrong is named, what is readable is saved, nothing is a traceback."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import playhead
from playhead.samples import names, sample
from playhead.store.recover import recover
from playhead.store.source import Held
from playhead.store.survey import Severity, Survey

SAMPLE = sample("cut").read_bytes()
LINES = SAMPLE.splitlines(keepends=True)


def run(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "playhead", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def survey(data: bytes) -> Survey:
    found = Survey(Held(data).readline, "x")
    for _ in found:
        pass
    return found


@pytest.mark.parametrize("name", names())
def test_the_samples_are_whole(name):
    assert survey(sample(name).read_bytes()).problems == []


def test_check_says_what_and_where(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    lines = list(LINES)
    lines[6] = b'{"type":"chunk","exchange":1,"t":0.5}\n'
    path.write_bytes(b"".join(lines))
    done = run("check", path)
    assert done.returncode == 3
    assert f"line 7 (byte {sum(map(len, lines[:6]))})" in done.stdout
    assert "neither `text` nor `base64`" in done.stdout
    rows = [json.loads(line) for line in run("check", path, "--format", "jsonl").stdout.splitlines()]
    assert rows[0]["ok"] is False
    assert {row["kind"] for row in rows[1:]} == {"damage", "finding"}


def test_a_body_that_does_not_add_up_is_a_finding(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    at = next(number for number, line in enumerate(LINES) if b"text_delta" in line or b"partial_json" in line)
    path.write_bytes(b"".join([*LINES[:at], LINES[at].replace(b"delta", b"dELta"), *LINES[at + 1 :]]))
    done = run("check", path)
    assert (done.returncode, done.stdout.count("finding:")) == (1, 1)
    assert "sha256" in done.stdout


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        (b"".join(LINES[:-1]), Severity.FINDING),
        (SAMPLE[:-5], Severity.FINDING),
        (SAMPLE + LINES[4], Severity.DAMAGE),
        (SAMPLE + LINES[0], Severity.DAMAGE),
        (b"".join([*LINES[:-1], b'{"type":"future","x":1}\n', LINES[-1]]), Severity.NOTE),
        (b"".join([*LINES[:6], LINES[7], LINES[6], *LINES[8:]]), Severity.FINDING),
        (b"".join([LINES[0], b"\xff\n", *LINES[1:]]), Severity.DAMAGE),
        (b"".join([LINES[0], b"a" * (17 << 20) + b"\n", *LINES[1:]]), Severity.DAMAGE),
    ],
    ids=[
        "no end",
        "torn",
        "after the end",
        "two headers",
        "unknown type",
        "time goes back",
        "not UTF-8",
        "too long",
    ],
)
def test_each_kind_of_problem(data, severity):
    assert severity in {problem.severity for problem in survey(data).problems}


def test_empty_and_foreign_files(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    for content in (b"", b"hello\n", b"\x00" * 100):
        path.write_bytes(content)
        done = run("check", path)
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
        assert run("recover", path).returncode == 3
    assert [each.name for each in tmp_path.iterdir()] == ["x.cassette.jsonl"]


def test_an_unfinished_cassette_is_finished(tmp_path):
    path = tmp_path / "x.cassette.jsonl.partial"
    path.write_bytes(SAMPLE[: len(SAMPLE) // 2])
    done = run("recover", path)
    assert done.returncode == 1  # the torn line could not be saved
    assert "torn" in done.stderr
    cassette = playhead.load(tmp_path / "x.cassette.jsonl")
    exchange = cassette[1]
    assert exchange.ending.kind is playhead.EndingKind.TRUNCATED
    assert exchange.ending.detail == "recovered: the recording stops here"
    assert playhead.load(sample("cut"))[1].body.startswith(exchange.body)
    assert survey((tmp_path / "x.cassette.jsonl").read_bytes()).problems == []


def test_bad_lines_are_left_out_and_the_rest_is_kept_byte_for_byte(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    unknown = b'{"type":"future", "exchange":1,"x":[1, 2]}\n'
    path.write_bytes(b"".join([*LINES[:8], b"\x00garbage\n", unknown, *LINES[8:]]))
    done = run("recover", path)
    assert done.returncode == 1
    assert "line 9" in done.stderr
    saved = tmp_path / "x.recovered.cassette.jsonl"
    assert saved.read_bytes() == b"".join([*LINES[:8], unknown, *LINES[8:]])


def test_a_live_recording_is_left_alone(tmp_path):
    with playhead.open_writer(tmp_path / "x.cassette.jsonl") as writer:
        done = run("recover", writer.partial)
        assert done.returncode == 4
        assert "being written" in done.stderr


def test_a_lost_header_is_replaced(tmp_path):
    source, target = tmp_path / "x.cassette.jsonl", tmp_path / "y.cassette.jsonl"
    source.write_bytes(b"\x00" + SAMPLE)
    found = recover(source, target)
    assert found.problems
    assert playhead.load(target)[1].body == playhead.load(sample("cut"))[1].body


def test_any_cut_of_a_file_gives_a_prefix_of_it(tmp_path):
    whole = playhead.load(sample("cut"))[1]
    chunks = list(whole.chunks)
    path = tmp_path / "x.cassette.jsonl"
    for cut in range(1, len(SAMPLE), 13):
        path.write_bytes(SAMPLE[:cut])
        try:
            exchanges = playhead.load(path).exchanges
        except playhead.DamagedCassette:
            assert cut < len(LINES[0])  # not even the header is whole
            continue
        for exchange in exchanges:
            got = list(exchange.chunks)
            assert got == chunks[: len(got)]
            if len(got) < len(chunks):
                assert exchange.ending.kind is playhead.EndingKind.TRUNCATED


def test_a_flipped_byte_of_a_body_is_found(tmp_path):
    """The plain form protects what was delivered; for everything else there is the compressed form."""
    whole = playhead.load(sample("cut"))[1]
    chunks = [chunk.data for chunk in whole.chunks]
    path = tmp_path / "x.cassette.jsonl"
    for at in range(0, len(SAMPLE), 7):
        damaged = bytearray(SAMPLE)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        try:
            exchanges = playhead.load(path).exchanges
            same = [[chunk.data for chunk in exchange.chunks] for exchange in exchanges] == [chunks]
        except playhead.CassetteError:
            continue
        assert same or survey(bytes(damaged)).problems, at


def mutate(rng: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(damaged) + 1)
        match rng.randrange(5):
            case 0:
                damaged[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del damaged[at : at + rng.randrange(300)]
            case 2:
                damaged[at:at] = rng.randbytes(rng.randrange(30))
            case 3:
                start = rng.randrange(len(data))
                damaged[at:at] = data[start : start + rng.randrange(400)]
            case _:
                damaged[at : at + 1] = rng.choice(
                    [b"\n", b"\r\n", b'"', b"}", b"\\", b"null", b"-1", b"1e999", b"[]"]
                )
    return bytes(damaged)


@pytest.mark.soak
def test_mutated_files_give_a_clear_error_or_a_reading(tmp_path, soak, model_of):
    rng = random.Random(20261120)
    path, target = tmp_path / "x.cassette.jsonl", tmp_path / "y.cassette.jsonl"
    sources = [sample(name).read_bytes() for name in names()]
    readings, refusals = 0, []
    for _ in range(10_000 if soak else 600):
        path.write_bytes(mutate(rng, rng.choice(sources)))
        for read in (
            lambda: model_of(playhead.load(path)),
            lambda: survey(path.read_bytes()),
            lambda: recover(path, target, overwrite=True),
        ):
            try:
                read()
            except playhead.InputError as error:
                refusals.append(str(error))
            else:
                readings += 1
    assert min(readings, len(refusals)) > 100
    assert all(refusals)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_can_be_surveyed(data):
    assert survey(data).header is None
    assert survey(LINES[0] + data).header is not None
