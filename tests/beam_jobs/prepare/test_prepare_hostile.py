"""Whatever the input: no traceback, and every row is kept or explained."""

import collections
import functools
import gzip
import http.server
import json
import random
import resource
import tempfile
import threading

import pytest

from atelier.cli.run_command import run_command
from atelier.schema.manifest import Manifest
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.read_rows import read_chunk
from beam_jobs.prepare.rejections import FATAL
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.tables.row import Row


@pytest.fixture
def flags(tmp_path):
    """Flags for tables log-*, items-* and photos-*, all bad rows allowed."""

    def flags(log="csv", items=None, photos=None):
        return [
            f"--interactions={tmp_path}/log-*.{log}",
            f"--items={tmp_path}/items-*.{items or log}",
            f"--photos={tmp_path}/photos-*.{photos or log}",
            "--photo_column=path",
            "--category_column=kind",
            "--time_column=when",
            "--min_user_interactions=3",
            "--max_rejected=1",
            "--image_size=16",
            "--min_shards=2",
            f"--data_dir={tmp_path}/data",
        ]

    return flags


@pytest.fixture
def tables(tmp_path, encode):
    """Rows of three tables: 30 users who took 8 of 60 items."""
    rng = random.Random(5)
    (tmp_path / "photos").mkdir()
    items = [f"i{number}" for number in range(60)]
    for number, item in enumerate(items):
        data = encode(colour=(number * 4, 9, 9))
        if number % 9 == 0:
            data = data[: rng.randrange(len(data))]
        (tmp_path / "photos" / f"{item}.jpg").write_bytes(data)
    return {
        "log": [
            {"user_id": f"u{user}", "item_id": item, "when": "2020-01-02"}
            for user in range(30)
            for item in rng.sample(items, 8)
        ],
        "items": [{"item_id": one, "kind": "hat"} for one in items],
        "photos": [
            {"item_id": one, "path": f"photos/{one}.jpg"} for one in items
        ],
    }


def mangle(text: bytes, rng: random.Random) -> bytes:
    """Changes, drops or repeats bytes of a text at a few places."""
    changed = bytearray(text)
    for _ in range(rng.randrange(12)):
        place = rng.randrange(len(changed))
        junk = rng.choice(
            [b'"', b"\xe9", b"\n", b"\r\n", b"\0", b",,", b"{", b"\x85", b";"]
            + [bytes([rng.randrange(256)]), changed[place : place + 30], b""]
        )
        changed[place : place + rng.randrange(3)] = junk
    return bytes(changed)


def as_csv(rows):
    lines = [",".join(row.values()) for row in rows]
    return ",".join(rows[0]).encode() + b"\n", "\n".join(lines).encode()


def as_json(rows):
    return b"", "\n".join(json.dumps(row) for row in rows).encode()


ENCODERS = {"csv": as_csv, "jsonl": as_json}


@pytest.mark.parametrize(
    "kinds",
    [
        ("csv", "jsonl", "csv"),
        pytest.param(("csv", "csv", "csv"), marks=pytest.mark.slow),
        pytest.param(("jsonl", "jsonl", "jsonl"), marks=pytest.mark.slow),
    ],
)
def test_every_row_is_kept_or_explained(
    tmp_path, tables, flags, kinds, rejected
):
    """Each table comes in 6 files, most of them mangled."""
    rng = random.Random(11)
    for kind, (name, rows) in zip(kinds, tables.items(), strict=True):
        for part in range(6):
            header, body = ENCODERS[kind](rows[part::6])
            if part:  # The first has all columns, which JSON must show.
                body = mangle(body, rng)
            (tmp_path / f"{name}-{part:02}.{kind}").write_bytes(header + body)

    prepare.main(flags(*kinds))

    manifest = Manifest.read(str(tmp_path / "data"))
    counts = manifest.counts
    kept = {
        "items": counts["items"],
        "photos": counts["items"],
        "interactions": sum(
            counts[one] for one in ("train", "validation", "test")
        ),
    }
    lines = rejected(str(tmp_path / "data"))
    assert len({line[:3] for line in lines}) == len(lines)  # No row twice.
    left_out = collections.Counter(table for table, *_ in lines)
    assert {
        table: kept[table] + left_out[table] for table in kept
    } == manifest.rows
    assert len({reason for *_, reason in lines}) > 4
    assert counts["items"] > 10


def test_a_file_that_is_cut_short(tmp_path, tables, flags):
    rng = random.Random(3)
    rows = [f"u{rng.random()},nothing,2020-01-02" for _ in range(20_000)]
    for name, sound in tables.items():
        header, body = as_csv(sound)
        data = header + body
        if name == "log":
            data += "\n".join(["", *rows]).encode()
        data = gzip.compress(data)
        if name == "log":
            data = data[: len(data) * 2 // 3]
        (tmp_path / f"{name}-0.csv.gz").write_bytes(data)
    args, _ = parse_flags(flags("csv.gz"))
    source = prepare.open_source(args, config_of(args))

    read = [
        one
        for chunk in source.chunks(INTERACTIONS)
        for one in read_chunk(chunk, source, INTERACTIONS)
    ]

    assert all(isinstance(one, Row) for one in read[:-1])
    rejection = read[-1].value
    assert rejection.table == INTERACTIONS
    assert rejection.reason in FATAL
    assert rejection.address == (f"{tmp_path}/log-0.csv.gz", len(read))
    assert 10_000 < len(read) < 20_000


@pytest.fixture
def job_with_a_web_server(tmp_path, tables, flags, encode):
    """Prepares the tables; 30 of 60 photos come from a web server."""
    large = encode(size=(900, 600), colour=(200, 9, 9))
    (tmp_path / "photos" / "i9.jpg").write_bytes(large[:-40])
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=tmp_path
    )
    handler.log_message = None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        tables["photos"][1]["path"] = "photos/gone.jpg"
        for row in tables["photos"][:30]:
            row["path"] = f"{host}/{row['path']}"
        for name, rows in tables.items():
            header, body = as_csv(rows)
            (tmp_path / f"{name}-0.csv").write_bytes(header + body)
        prepare.main([*flags(), "--photo_timeout=5", "--photo_hosts=127.0.0.1"])
        server.shutdown()
    return tmp_path / "data"


def test_photos_that_are_rejected(job_with_a_web_server):
    """Photos from a server and from files; each is kept as a small picture."""
    manifest = Manifest.read(str(job_with_a_web_server))
    assert manifest.rejected["photos"] == {
        "photo_undecodable": 7,
        "photo_unreachable": 1,
    }
    assert manifest.counts["items"] == 52
    lines = {
        line["item_id"]: line
        for path in (job_with_a_web_server / "rejected/photos").iterdir()
        for line in map(json.loads, path.open())
    }
    broken = {f"i{number}" for number in range(0, 60, 9)}
    assert set(lines) == {"i1", *broken}
    assert {lines[one]["reason"] for one in broken} == {"photo_undecodable"}
    assert lines["i9"]["thumbnail"]
    assert lines["i9"]["row"] == 10
    assert lines["i1"]["reason"] == "photo_unreachable"
    assert lines["i1"]["thumbnail"] is None


def test_a_full_disk_is_told_in_a_sentence(
    tmp_path, tables, flags, monkeypatch, capfd
):
    """A limit on the size of this process's files stands for the disk."""
    for name, rows in tables.items():
        header, body = as_csv(rows)
        (tmp_path / f"{name}-0.csv").write_bytes(header + body)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, before[1]))
    try:
        with pytest.raises(SystemExit) as caught:
            run_command(lambda: prepare.main(flags()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert caught.value.code.startswith("error: ")
    assert "\n" not in caught.value.code
    assert "Traceback" not in capfd.readouterr().err
    assert not (tmp_path / "data/manifest.json").exists()
