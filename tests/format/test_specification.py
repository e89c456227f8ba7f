"""FORMAT.md, schema.json, golden files: the specification runs, and what it once said stays readable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import jsonschema
import polars
import pytest

import playhead
from playhead.format import codec
from playhead.format.codec import TYPES
from playhead.format.schema import schema
from playhead.samples import names, sample
from playhead.store.source import Held
from playhead.store.survey import Survey

HERE = Path(__file__).parents[2] / "cassettes"
SPEC = (HERE / "FORMAT.md").read_text(encoding="utf-8")
GOLDEN = HERE / "golden"
WHOLE = ["minimal", "empty", "full"]


def golden(name: str) -> Path:
    return GOLDEN / f"{name}.cassette.jsonl"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SPEC, re.DOTALL)


def test_the_sample_of_the_specification_is_a_cassette(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    path.write_text(blocks("json")[0], encoding="utf-8")
    survey = Survey(Held(path.read_bytes()).readline, "x")
    assert {type(record).__name__ for _, record in survey} == {
        "Header", "Columns", "Request", "Redaction", "Response", "Chunk", "Loss", "Note", "End",
    }  # fmt: skip
    assert [problem.severity.value for problem in survey.problems] == ["note"]  # that there was a loss
    exchange = playhead.load(path)[1]
    assert "5 €" in exchange.frames[0].data
    assert exchange.ending.how is playhead.How.UNKNOWN


def test_the_least_cassette_is_one(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    path.write_text(blocks("json")[1], encoding="utf-8")
    assert len(playhead.load(path)) == 0


def test_the_specification_names_every_record_and_field():
    for name, type_ in TYPES.items():
        assert f"`{name}`" in SPEC
        for field in type_.__struct_fields__:
            assert f"`{field}`" in SPEC, field


PLAIN = {"Clock": "str", "Number": "int", "Seconds": "float", "Status": "int"}
"""The types of fields whose values are bounded, as JSON has them."""


def test_the_vocabulary_stays_small_and_typed_once():
    types: dict[str, set[str]] = {}
    for type_ in TYPES.values():
        for field in type_.__struct_fields__:
            annotation = str(type_.__annotations__[field]).replace(" | None", "")
            types.setdefault(field, set()).add(PLAIN.get(annotation, annotation))
    assert {"type", *types} == {"type", *TYPES["columns"].__struct_fields__}
    assert len(types) + 1 <= 30
    assert {field: kinds for field, kinds in types.items() if len(kinds) > 1} == {}


def test_the_schema_is_what_the_types_say():
    assert json.loads((HERE / "schema.json").read_text(encoding="utf-8")) == schema()
    jsonschema.Draft202012Validator.check_schema(schema())


def every_good_line() -> list[bytes]:
    paths = [*map(sample, names()), *map(golden, WHOLE)]
    return [line for path in paths for line in path.read_bytes().splitlines()]


def test_every_line_that_ships_is_valid():
    validator = jsonschema.Draft202012Validator(schema())
    lines = every_good_line()
    assert len(lines) > 100
    for line in lines:
        assert [error.message for error in validator.iter_errors(json.loads(line))] == []


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"type":1}',
        b'{"type":"chunk","text":"x"}',
        b'{"type":"chunk","exchange":0,"text":"x"}',
        b'{"type":"chunk","exchange":1}',
        b'{"type":"chunk","exchange":1,"text":"x","t":"now"}',
        b'{"type":"request","exchange":1,"url":"http://h/"}',
        b'{"type":"response","exchange":1,"status":"200"}',
        b'{"type":"response","exchange":1,"status":200,"headers":[["a"]]}',
        b'{"type":"end","exchange":1}',
        b'{"type":"header","format":"playhead-cassette"}',
    ],
)
def test_schema_and_codec_refuse_the_same(line):
    assert not jsonschema.Draft202012Validator(schema()).is_valid(json.loads(line))
    with pytest.raises(codec.LineError):
        codec.data_of(codec.decode(line))


def test_what_is_unknown_is_valid_and_kept():
    line = b'{"type":"future","exchange":3,"t":0.5,"x":[{}]}\n'
    assert jsonschema.Draft202012Validator(schema()).is_valid(json.loads(line))
    assert codec.encode(codec.decode(line)) == line


def test_golden_minimal():
    exchange = playhead.load(golden("minimal"))[1]
    assert [frame.data for frame in exchange.frames] == ["hello"]
    assert (exchange.request, exchange.response, exchange.chunks[0].t) == (None, None, None)
    assert exchange.ending.kind is playhead.EndingKind.COMPLETE


def test_golden_empty():
    assert playhead.load(golden("empty")).exchanges == ()


def test_golden_full():
    cassette = playhead.load(golden("full"))
    assert cassette.header.created == "2026-11-20T09:00:00.123456Z"
    assert dict(cassette.header.facts) == {"source": "proxy", "redaction": "headers/1", "ticket": "ABC-123"}
    first, second = cassette.exchanges
    assert first.request.body == b'{"model":"claude-sonnet-4-5","stream":true,"max_tokens":64}'
    assert first.request.headers[2:] == (("x-a", "one"), ("X-A", "two"))
    assert (first.request.t, first.request.t_start) == (0.002114, 0.001877)
    assert [response.status for response in first.responses] == [103, 200]
    assert first.response.facts == {"connection": "s1", "framing": "chunked"}
    assert [chunk.data[-3:] for chunk in first.chunks] == [
        b"",
        b" \xe2\x82",
        b"}\n\n",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
    ]
    assert [chunk.wire_bytes for chunk in first.chunks] == [10, 41, 19, None, None]
    assert [chunk.undecoded for chunk in first.chunks] == [False, False, False, False, True]
    assert [frame.kind.value for frame in first.frames] == ["event", "tail"]
    assert first.frames[0].data.endswith('"text":"5 €"}}')
    assert first.losses == (playhead.Loss(detail="queue_full", t=0.8, t_start=0.611, chunks=3, size=402),)
    assert first.ending.kind is playhead.EndingKind.SERVER_CLOSED
    assert (first.ending.how, first.ending.framing) == (playhead.How.UNKNOWN, playhead.Framing.CHUNKED)
    assert (second.request.method, second.request.body) == ("GET", None)
    assert second.body == b"data: two\n\n"
    assert second.ending.trailers == (("x-trailer", "yes"),)


def test_golden_torn():
    cassette = playhead.load(golden("torn"))
    assert cassette[1].body == b"data: a\n\n"
    assert (cassette.torn.line, cassette.torn.size) == (4, 47)
    assert cassette[1].ending.kind is playhead.EndingKind.TRUNCATED


def test_golden_damaged():
    with pytest.raises(playhead.DamagedCassette) as caught:
        playhead.load(golden("damaged")).exchanges  # noqa: B018
    assert (caught.value.line, caught.value.byte) == (4, 478)


def test_golden_of_a_later_version():
    with pytest.raises(playhead.UnsupportedVersion, match="update"):
        playhead.load(golden("version-2"))


def test_unknown_lines_survive_being_recovered(tmp_path):
    from playhead.store.recover import recover

    for name in WHOLE:
        target = tmp_path / f"{name}.cassette.jsonl"
        recover(golden(name), target)
        assert target.read_bytes() == golden(name).read_bytes()


def test_the_queries_of_the_specification_run(tmp_path, monkeypatch, program):
    monkeypatch.chdir(tmp_path)
    Path("x.cassette.jsonl").write_bytes(sample("cut").read_bytes())
    exchange = playhead.load("x.cassette.jsonl")[1]
    first, last = exchange.chunks[0].t, exchange.chunks[-1].t
    (query,) = blocks("sql")
    ((number, chunks, seconds),) = duckdb.sql(query).fetchall()
    assert (number, chunks, round(seconds, 6)) == (1, len(exchange.chunks), round(last - first, 6))
    found: dict[str, polars.DataFrame] = {}
    exec(blocks("python")[0], found)
    gaps = found["gaps"]["gap"].to_list()
    assert gaps[0] is None
    assert round(sum(gaps[1:]), 6) == round(last - first, 6)
    program("jq")
    (command,) = blocks("sh")
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row[1] for row in rows] == [chunk.t for chunk in exchange.chunks]


def test_every_engine_sees_one_schema(tmp_path):
    paths = [*map(sample, names()), golden("full")]
    described = {
        str(duckdb.sql(f"DESCRIBE SELECT * FROM read_json('{path}')").fetchall()) for path in paths[:-1]
    }
    assert len(described) == 1
    schemas = {str(polars.read_ndjson(path).schema) for path in paths[:-1]}
    assert len(schemas) == 1
    for name in names():
        compressed = tmp_path / "x.cassette.jsonl.zst"
        from playhead.store import zst

        compressed.write_bytes(b"".join(zst.compress(sample(name).read_bytes().splitlines(keepends=True))))
        plain = duckdb.sql(f"SELECT * FROM read_json('{sample(name)}')").fetchall()
        packed = duckdb.sql(
            f"SELECT * FROM read_json('{compressed}', compression='zstd', format='newline_delimited')"
        ).fetchall()
        assert packed == plain
        assert polars.read_ndjson(compressed).equals(polars.read_ndjson(sample(name)))


def test_check_names_a_later_version_as_the_reader_does():
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "check", golden("version-2")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "update" in done.stderr
