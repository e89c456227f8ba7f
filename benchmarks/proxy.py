"""What recording costs: mitmproxy with our addon against the same mitmproxy that only streams.

`uv run python benchmarks/proxy.py [--pairs N] [--seconds S] [--streams 20,100,200] [--only PART]`. Needs
Linux, Python 3.13, and a machine that does nothing else: look at the load's lateness first.

How it is measured:

- Load (an origin and its clients, `load.py`) and proxy are processes of their own. The load is sent at
  absolute deadlines that were drawn before; both members of a pair get the same ones.
- A pair is two trials, each with a fresh proxy; pairs go A B, B A, A B, … so that neither always comes
  after the other. A ratio is taken within a pair; what is told is the median over the pairs, and its range.
- All streams are open before the clock starts, and a warm-up passes through them first. Percentiles are
  over all events of a trial.
- Latency is from the origin's `send` to the client's `recv`. What the load needs for itself, without a proxy
  between, is measured beside each pair ("direct"), and `added` is what is above it.
- CPU is that of the proxy's process, from the end of the warm-up until the writer has come to rest. That of
  its children (they finish cassettes once the streams have ended) is told apart, until they are done; that
  they start is not in it, because a stream has ended before.
- A recorder that lost something would be cheap: every cassette is read and its events are counted.

The last parts are throughput at full speed, and memory over the events of an hour, run fast.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import processes
from measure import table

import playhead

STREAM_ONLY = "def responseheaders(flow):\n    flow.response.stream = True\n"
BASE, OURS = "stream=True", "playhead"
KINDS = (BASE, OURS)
RATE = 1000.0
"""Events a second over all streams: LLMs send about 50 a second on each of 20."""
GOALS = {"cpu": 1.15, "p50": 1.10, "p99": 1.25}
_START_SECONDS = 60.0
_REST_SECONDS = 0.5
"""After the last event, for both: the writer thread gathers for 40 ms, and syncs."""
_DONE_SECONDS = 60.0


class Trial(NamedTuple):
    """One proxy under one load. Seconds; `cpu` and `finishing` per 100,000 events."""

    p50: float
    p99: float
    cpu: float
    finishing: float
    late_p99: float
    """How late the load sent its events: a control."""
    memory: float
    """MB at the end."""


class Load:
    """The load's process."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("load.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port: int = self._answer()["port"]

    def do(self, what: str, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("the load ended early")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Proxy:
    """A mitmdump that listens. What it says goes to a file: a full pipe would hold it up."""

    def __init__(self, kind: str, folder: Path, origin: int) -> None:
        self.recordings = folder / "recordings"
        self._said = folder / "said.txt"
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                self._command(kind, folder, origin), stdout=out, stderr=subprocess.STDOUT
            )
        self.pid: int = self._process.pid
        self.port: int = self._listening()

    def said(self) -> str:
        """The last that it said."""
        return self._said.read_text()[-2000:]

    def stop(self) -> None:
        """End it as an operator would; its children are done by then."""
        self._process.terminate()
        self._process.wait(_DONE_SECONDS)

    def kill(self) -> None:
        """End it and its children, where they are still there."""
        if self._process.poll() is not None:
            return
        children = processes.descendants(self.pid)
        self._process.kill()
        self._process.wait()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def _command(self, kind: str, folder: Path, origin: int) -> list[str]:
        command = [str(Path(sys.executable).with_name("mitmdump"))]
        command += ["--mode", f"reverse:http://127.0.0.1:{origin}", "--listen-host", "127.0.0.1"]
        command += ["--listen-port", "0", "--set", "flow_detail=0", "--set", f"confdir={folder / 'conf'}"]
        if kind == OURS:
            made = subprocess.run(
                [sys.executable, "-m", "playhead", "addon"], capture_output=True, text=True, check=True
            )
            return [*command, "-s", made.stdout.strip(), "--set", f"playhead_dir={self.recordings}"]
        script = folder / "stream_only.py"
        script.write_text(STREAM_ONLY)
        return [*command, "-s", str(script)]

    def _listening(self) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            found = re.search(r"listening at (?:http://)?127\.0\.0\.1:(\d+)", self.said())
            if found:
                return int(found[1])
            time.sleep(0.02)
        self.kill()
        sys.exit(f"mitmdump did not start:\n{self.said()}")


@contextmanager
def running(kind: str) -> Iterator[tuple[Load, Proxy]]:
    """A load and a fresh proxy before it."""
    load = Load()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        proxy = Proxy(kind, Path(folder), load.port)
        try:
            yield load, proxy
        except SystemExit:
            print(proxy.said(), file=sys.stderr)
            raise
        finally:
            proxy.kill()
            load.close()


def trial(kind: str, streams: int, seconds: float, warm_up: float, seed: int) -> Trial:
    """One member of a pair."""
    pace = {"streams": streams, "per_second": RATE / streams}
    with running(kind) as (load, proxy):
        # A stream that is over: whoever finishes cassettes has started when the clock does.
        load.do("open", port=proxy.port, streams=1)
        first = load.do("run", streams=1, per_second=RATE, seconds=0.1, seed=seed)
        load.do("end")
        load.do("open", port=proxy.port, streams=streams)
        warmed = load.do("run", seconds=warm_up, seed=seed + 1, **pace)
        until_at_rest(proxy.pid)
        settle()
        before = processes.cpu(proxy.pid)
        found = load.do("run", seconds=seconds, seed=seed, **pace)
        settle()
        spent = processes.cpu(proxy.pid).since(before)
        resident = processes.memory(proxy.pid) / 1e6
        load.do("end")
        finishing = until_at_rest(proxy.pid) - before.children
        proxy.stop()
        if kind == OURS:
            check(proxy.recordings, 1 + streams, sum(run["events"] for run in (first, warmed, found)))
    per_100k = 1e5 / found["events"]
    in_cassettes = warmed["events"] + found["events"]
    return Trial(
        p50=found["latency"]["p50"],
        p99=found["latency"]["p99"],
        cpu=spent.own * per_100k,
        finishing=finishing * 1e5 / in_cassettes,
        late_p99=found["lateness"]["p99"],
        memory=resident,
    )


def direct(streams: int, seconds: float, seed: int) -> tuple[float, float]:
    """p50 and p99 of the load without a proxy."""
    load = Load()
    try:
        load.do("open", port=load.port, streams=streams)
        found = load.do("run", streams=streams, per_second=RATE / streams, seconds=seconds, seed=seed)
    finally:
        load.close()
    return found["latency"]["p50"], found["latency"]["p99"]


def settle() -> None:
    """Let the writer come to rest. Both members of a pair wait as long: what idling costs is in both."""
    time.sleep(_REST_SECONDS)


def until_at_rest(pid: int) -> float:
    """Seconds of the children's CPU so far, once it grows no more."""
    deadline = time.monotonic() + _DONE_SECONDS
    before, now = -1.0, processes.cpu(pid).children
    while now - before > 1e-3 and time.monotonic() < deadline:
        time.sleep(1.0)
        before, now = now, processes.cpu(pid).children
    return now


def check(recordings: Path, streams: int, events: int) -> None:
    """Leave where a cassette is missing or has not every event: the figures would be worth nothing."""
    exchanges = [exchange for path in finished(recordings) for exchange in playhead.load(path).exchanges]
    # The first frame of each stream is a comment.
    recorded = sum(len(exchange.frames) - 1 for exchange in exchanges)
    losses = sum(len(exchange.losses) for exchange in exchanges)
    if (len(exchanges), recorded, losses) != (streams, events, 0):
        found = f"{len(exchanges)} exchanges of {streams}, {recorded} events of {events}, {losses} losses"
        sys.exit(f"not everything was recorded: {found}")


def finished(recordings: Path) -> list[Path]:
    """Cassettes that have their names."""
    paths = recordings.rglob("*.cassette.jsonl*")
    return [path for path in paths if path.suffix in (".jsonl", ".zst") and path.name[0] != "."]


class Pair(NamedTuple):
    direct: tuple[float, float]
    """p50 and p99 without a proxy, in seconds."""
    base: Trial
    ours: Trial

    def figures(self) -> dict[str, object]:
        return {"direct": self.direct, BASE: self.base._asdict(), OURS: self.ours._asdict(), **self.ratios()}

    def ratios(self) -> dict[str, float]:
        base, ours = self.base, self.ours
        return {
            "cpu": ours.cpu / base.cpu,
            "p50": ours.p50 / base.p50,
            "p99": ours.p99 / base.p99,
            "added p50": (ours.p50 - self.direct[0]) / (base.p50 - self.direct[0]),
            "added p99": (ours.p99 - self.direct[1]) / (base.p99 - self.direct[1]),
            "cpu with finishing": (ours.cpu + ours.finishing) / base.cpu,
        }


def compare(streams: int, options: argparse.Namespace) -> list[Pair]:
    """Run the pairs, and print medians and ratios."""
    pairs = []
    for number in range(options.pairs):
        found: dict[str, Trial] = {}
        alone = direct(streams, min(options.seconds, 5.0), number)
        for kind in KINDS if number % 2 == 0 else KINDS[::-1]:
            found[kind] = trial(kind, streams, options.seconds, options.warm_up, number)
        pairs.append(Pair(alone, found[BASE], found[OURS]))
        progress = ", ".join(f"{name} {value:.2f}" for name, value in pairs[-1].ratios().items())
        print(f"  {streams} streams, pair {number + 1}: {progress}", file=sys.stderr, flush=True)
    show(streams, pairs, options.seconds)
    return pairs


def show(streams: int, pairs: Sequence[Pair], seconds: float) -> None:
    """Two tables: medians of the trials, and ratios within pairs."""
    alone = [statistics.median(values) * 1e3 for values in zip(*(pair.direct for pair in pairs), strict=True)]
    rows: list[Sequence[object]] = [("direct", f"{alone[0]:.3f}", f"{alone[1]:.3f}", "", "", "", "")]
    for kind, trials in (
        (BASE, [pair.base for pair in pairs]),
        (OURS, [pair.ours for pair in pairs]),
    ):
        middle = Trial(*map(statistics.median, zip(*trials, strict=True)))
        times = (f"{value * 1e3:.3f}" for value in (middle.p50, middle.p99))
        rest = (f"{middle.late_p99 * 1e3:.3f}", f"{middle.memory:.0f}")
        rows.append((kind, *times, middle.cpu, middle.finishing, *rest))
    title = f"{streams} streams, {RATE:.0f} events/s in all, {len(pairs)} pairs of {seconds:.0f} s each"
    heads = ("", "p50 ms", "p99 ms", "CPU s/100k", "finishing", "late p99 ms", "MB")
    table(title, rows, heads)
    ratios = []
    for name in pairs[0].ratios():
        values = sorted(pair.ratios()[name] for pair in pairs)
        goal = GOALS.get(name.removeprefix("added ")) if streams == GOAL_STREAMS else None
        middle_ratio = statistics.median(values)
        verdict = "" if goal is None else f"<= {goal:.2f} {'met' if middle_ratio <= goal else 'MISSED'}"
        ratios.append((name, middle_ratio, f"{values[0]:.2f}-{values[-1]:.2f}", verdict))
    table("ratio within a pair", ratios, ("", "median", "range", "goal"))


GOAL_STREAMS = 20


def throughput(options: argparse.Namespace) -> list[tuple[float, float]]:
    """Events a second at full speed over 20 streams. The queue may run over: that is what it is for."""
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(options.pairs):
        for kind in KINDS if number % 2 == 0 else KINDS[::-1]:
            with running(kind) as (load, proxy):
                load.do("open", port=proxy.port, streams=20)
                load.do("flood", events=20_000)
                found[kind].append(load.do("flood", events=options.flood)["per_second"])
    pairs = list(zip(found[BASE], found[OURS], strict=True))
    rows = [(kind, f"{statistics.median(values):.0f}") for kind, values in found.items()]
    table(f"full speed, 20 streams, {options.flood:,} events", rows, ("", "events/s"))
    ratio = statistics.median(ours / base for base, ours in pairs)
    print(f"  ratio within a pair: {ratio:.2f} (goal >= 0.90)", flush=True)
    return pairs


def endurance(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Memory over an hour's events in streams of 300 that come and go, eight times as fast.

    Finished cassettes are removed as they come, so that it runs on small disks too.
    """
    found = {}
    for kind in KINDS:
        samples, children = [], []
        with running(kind) as (load, proxy):
            rounds = max(options.memory_events // (20 * 300), 20)
            for number in range(rounds):
                load.do("open", port=proxy.port, streams=20)
                load.do(
                    "run", streams=20, per_second=8 * RATE / 20, seconds=300 / (8 * RATE / 20), seed=number
                )
                load.do("end")
                samples.append(processes.memory(proxy.pid) / 1e6)
                children.append(sum(map(processes.memory, processes.descendants(proxy.pid))) / 1e6)
                for path in finished(proxy.recordings):
                    path.unlink(missing_ok=True)
            proxy.stop()
            cut = max(rounds // 20, 2)
            # The first twentieth is the warm-up.
            found[kind] = {
                "start": statistics.median(samples[cut : 2 * cut]),
                "end": statistics.median(samples[-cut:]),
                "peak": max(samples),
                "children": max(children),
            }
    rows = [
        (
            kind,
            *(f"{values[name]:.0f}" for name in ("start", "end", "peak", "children")),
            values["end"] / values["start"],
        )
        for kind, values in found.items()
    ]
    title = f"resident MB over {options.memory_events:,} events in streams of 300"
    table(title, rows, ("", "start", "end", "peak", "children", "end/start"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the addon costs.")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each trial: 30 s are 30,000 events")
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--streams", default="20,100,200")
    parser.add_argument("--flood", type=int, default=200_000, help="events at full speed")
    parser.add_argument("--memory-events", type=int, default=3_600_000)
    parser.add_argument("--only", choices=["cost", "throughput", "memory"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every trial's figures there")
    options = parser.parse_args()
    parts: dict[str, Callable[[], Any]] = {
        "cost": lambda: {
            streams: [pair.figures() for pair in compare(streams, options)]
            for streams in map(int, options.streams.split(","))
        },
        "throughput": lambda: throughput(options),
        "memory": lambda: endurance(options),
    }
    found = {name: part() for name, part in parts.items() if options.only in (None, name)}
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
