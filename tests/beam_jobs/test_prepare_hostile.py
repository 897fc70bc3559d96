"""Whatever the input: no traceback, and every row is kept or explained."""

import collections
import functools
import gzip
import http.server
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import threading

import pytest

from beam_jobs import prepare
from records.errors import UserError
from records.manifest import Manifest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def flags(tmp_path):
    """Flags for tables log-*, items-* and photos-*, all bad rows allowed."""

    def flags(kind="csv"):
        return [
            *(
                f"--{table}={tmp_path}/{name}-*.{kind}"
                for table, name in (
                    ("interactions", "log"),
                    ("items", "items"),
                    ("photos", "photos"),
                )
            ),
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


@pytest.mark.parametrize(
    ("kind", "encode_rows"), [("csv", as_csv), ("jsonl", as_json)]
)
def test_every_row_is_kept_or_explained(
    tmp_path, tables, flags, kind, encode_rows, rejected
):
    """Each table comes in 6 files, most of them mangled."""
    rng = random.Random(11)
    for name, rows in tables.items():
        for part in range(6):
            header, body = encode_rows(rows[part::6])
            if part:  # The first has all columns, which JSON must show.
                body = mangle(body, rng)
            (tmp_path / f"{name}-{part:02}.{kind}").write_bytes(header + body)

    prepare.main(flags(kind))

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


def test_rejected_photos_are_kept_as_small_pictures(
    tmp_path, tables, flags, encode
):
    for name, rows in tables.items():
        header, body = as_csv(rows)
        (tmp_path / f"{name}-0.csv").write_bytes(header + body)
    large = encode(size=(900, 600), colour=(200, 9, 9))
    (tmp_path / "photos" / "i9.jpg").write_bytes(large[:-40])

    prepare.main(flags())

    lines = {
        line["item_id"]: line
        for path in (tmp_path / "data/rejected/photos").iterdir()
        for line in map(json.loads, path.open())
    }
    assert set(lines) == {f"i{number}" for number in range(0, 60, 9)}
    assert lines["i9"]["thumbnail"]
    assert lines["i9"]["reason"] == "photo_undecodable"
    assert lines["i9"]["row"] == 10


def test_a_file_that_is_cut_short_fails_the_job(
    tmp_path, tables, flags, rejected
):
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

    with pytest.raises(UserError, match="cannot be read to its end") as caught:
        prepare.main(flags("csv.gz"))

    assert "\n" not in str(caught.value)
    lines = rejected(str(tmp_path / "data"))
    last = max(line for line in lines if line[0] == "interactions")
    assert last[3] == "file_cut_short"
    assert 10_000 < last[2] < 20_000
    assert not (tmp_path / "data/manifest.json").exists()


def test_photos_from_a_web_server(tmp_path, tables, flags):
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
        prepare.main([*flags(), "--photo_timeout=5"])
        server.shutdown()

    manifest = Manifest.read(str(tmp_path / "data"))
    assert manifest.rejected["photos"] == {
        "photo_undecodable": 7,
        "photo_unreachable": 1,
    }
    assert manifest.counts["items"] == 52


def test_a_full_disk_is_told_in_a_sentence(tmp_path, tables, flags):
    """A limit on the size of files stands for the disk."""
    for name, rows in tables.items():
        header, body = as_csv(rows)
        (tmp_path / f"{name}-0.csv").write_bytes(header + body)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))

    done = subprocess.run(
        [sys.executable, "-m", "beam_jobs.prepare", *flags()],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert not (tmp_path / "data/manifest.json").exists()
