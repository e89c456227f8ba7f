"""`recover` and the other commands on a recorder's folder: what is unfinished, live, damaged, finished."""

from __future__ import annotations

import pytest

import playhead

from ..capture.unfinished import SECRET, grow, inside, write


@pytest.fixture
def run(run_here, tmp_path):
    def call(*args):
        done = run_here(*args, cwd=tmp_path)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return call


def test_unfinished_ones_are_redacted_and_go_up(run, tmp_path):
    root = tmp_path / "recordings"
    job = write(root, ends=False)
    empty, _ = grow(root)
    empty.abandon()
    writer, _ = grow(root)
    code, out, err = run("recover", root)
    assert (code, out) == (0, "")
    assert "replaced in bodies: 2 spans" in err
    assert "exchange 1 had no end: marked truncated" in err
    assert "nothing was recorded in it; removed" in err
    assert f"{writer.partial.name}: being written, left alone" in err
    assert inside(root) == sorted([job.target.name, f"unfinished/{writer.partial.name}"])
    assert SECRET.encode() not in job.target.read_bytes()
    assert SECRET not in err
    writer.discard()


def test_a_policy(run, tmp_path):
    job = write(tmp_path, texts=("a team_0123abcd b",))
    (tmp_path / "policy.toml").write_text('[shapes]\nteam-key = "team_[a-z0-9]{8}"\n')
    assert run("recover", tmp_path, "--policy", "policy.toml")[0] == 0
    assert b"team_0123" not in job.target.read_bytes()


def test_what_adds_to_the_policy(run, tmp_path):
    job = write(tmp_path, texts=("a team_0123abcd b",))
    code, _, err = run("recover", tmp_path, "--shape", "team")
    assert (code, "--shape: expected NAME=REGEX" in err, job.unfinished.exists()) == (2, True, True)
    assert run("recover", tmp_path, "--shape", "team-key=team_[a-z0-9]{8}")[0] == 0
    assert b"team_0123" not in job.target.read_bytes()


def test_a_policy_that_is_none(run, tmp_path):
    job = write(tmp_path)
    (tmp_path / "policy.toml").write_text("[nonsense]\n")
    assert run("recover", tmp_path, "--policy", "policy.toml")[0] == 2
    assert run("recover", tmp_path, "--policy", "missing.toml")[0] == 3
    assert job.unfinished.exists()


def test_a_damaged_unfinished_one_stays_beside_what_was_saved(run, tmp_path):
    job = write(tmp_path)
    with job.unfinished.open("ab") as file:
        file.write(b"garbage\n")
    code, _, err = run("recover", tmp_path)
    assert code == 1
    assert "not saved: line" in err
    assert inside(tmp_path) == sorted([job.target.name, f"unfinished/{job.unfinished.name}"])
    # And it is not taken again: there would be nothing new.
    assert "exists already" in run("recover", job.unfinished)[2]


def test_another_name_leaves_the_source(run, tmp_path):
    job = write(tmp_path)
    assert run("recover", job.unfinished, "-o", "out.cassette.jsonl.zst")[0] == 0
    assert job.unfinished.exists()
    assert b"REDACTED" in playhead.load(tmp_path / "out.cassette.jsonl.zst")[1].body


def test_a_damaged_finished_one_is_copied_as_it_stands(run, tmp_path):
    job = write(tmp_path)
    damaged = tmp_path / "x.cassette.jsonl"
    damaged.write_bytes(job.unfinished.read_bytes() + b"garbage\n")
    assert run("recover", damaged)[0] == 1
    assert SECRET.encode() in (tmp_path / "x.recovered.cassette.jsonl").read_bytes()


def test_a_live_one_by_name_is_refused(run, tmp_path):
    writer, _ = grow(tmp_path)
    code, _, err = run("recover", writer.partial)
    assert code == 4
    assert "being written" in err
    writer.discard()


def test_what_is_not_there(run):
    assert run("recover", "x.cassette.jsonl.partial")[0] == 3


def test_ls_says_what_is_unfinished(run, tmp_path):
    job = write(tmp_path, ends=False)
    writer, _ = grow(tmp_path)
    writer.exchange().request(playhead.Request(method="GET", url="https://live.test/"))
    code, out, err = run("ls", tmp_path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert f"{job.unfinished}  (unfinished)" in lines
    assert str(writer.partial) in lines
    assert next(line for line in lines if "live.test" in line).split()[-3] == "recording"
    writer.discard()


def test_redact_leaves_what_is_unfinished_alone(run, tmp_path):
    finished, job = write(tmp_path), write(tmp_path)
    finished.unfinished.replace(finished.target)
    writer, _ = grow(tmp_path)
    before = job.unfinished.read_bytes()
    code, _, err = run("redact", tmp_path)
    assert code == 0
    assert err.count("unfinished, left to `playhead recover`") == 2
    assert job.unfinished.read_bytes() == before
    assert SECRET.encode() not in finished.target.read_bytes()
    assert run("redact", "--check", tmp_path)[0] == 1
    writer.discard()
