"""Photos and tables that a test makes in a line."""

import copy
import csv
import filecmp
import functools
import io
import json
import os
import pathlib
import struct
import tempfile
import types
import zlib

import pytest
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import core
from PIL import Image

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.records import read_records
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare import finish
from beam_jobs.prepare.summary import COUNTS


@pytest.fixture(scope="session", autouse=True)
def cheap_pipelines():
    """Caches what Beam computes anew for every step of every pipeline.

    For one job of `prepare` it inspects functions 47,000 times, a few hundred
    of them, and parses its flags 800 times, with a parser that asks the system
    for the width of the terminal at each flag: 40 % of the CPU time.
    """
    inspect_function = core.get_function_args_defaults
    parsed = {}

    @functools.cache
    def inspect_once(function, is_method):
        if is_method:
            return inspect_function(types.MethodType(function, object()))
        return inspect_function(function)

    def inspect_cached(function):
        is_method = isinstance(function, types.MethodType)
        names, defaults = inspect_once(
            function.__func__ if is_method else function, is_method
        )
        return list(names), list(defaults)

    def view_as(options, kind):
        flags = options._flags
        key = kind, flags if flags is None else tuple(flags)
        if key not in parsed:
            parsed[key] = kind(flags)._visible_options
        own = copy.deepcopy(parsed[key])
        for name, value in vars(own).items():
            options._all_options.setdefault(name, value)
        view = kind.__new__(kind)
        vars(view).update(
            _flags=flags,
            _visible_options=own,
            _all_options=options._all_options,
        )
        return view

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "get_function_args_defaults", inspect_cached)
        patch.setattr(PipelineOptions, "view_as", view_as)
        patch.setenv("COLUMNS", "80")
        patch.setenv("LINES", "24")
        yield


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory):
    """Keeps the logs of jobs that fail out of the machine's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("tmp")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_proxy_of_this_machine():
    """Servers of tests are on this machine, or have a proxy of the test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in tuple(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def encode():
    """Encodes an image; `encode(mode, size, colour, format, **options)`."""

    def encode(mode="RGB", size=(40, 30), colour=None, kind="JPEG", **options):
        encoded = io.BytesIO()
        image = Image.new(mode, size, colour or 0)
        image.save(encoded, format=kind, **options)
        return encoded.getvalue()

    return encode


@pytest.fixture(scope="session")
def huge_png() -> bytes:
    """A whole PNG of 20,000 x 20,000 pixels, 400 MB once decoded."""
    side = 20_000

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    packer = zlib.compressobj(1)
    line = bytes(1 + side)
    body = b"".join(packer.compress(line) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", body + packer.flush())
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="session")
def read_back():
    """Reads the records of a pattern as {feature: [values]}."""

    def values(feature):
        return list(getattr(feature, feature.WhichOneof("kind")).value)

    def read(pattern):
        return [
            {
                name: values(feature)
                for name, feature in tf.train.Example.FromString(
                    record
                ).features.feature.items()
            }
            for batch in read_records(pattern)
            for record in batch.numpy()
        ]

    return read


@pytest.fixture(scope="session")
def shop(build_once, encode):
    """Three sound CSV tables: 4 users who took 5 of 20 items, all other."""

    def write(folder):
        (folder / "photos").mkdir()
        log = ["user_id,item_id"]
        items, photos = ["item_id,kind"], ["item_id,path"]
        for index in range(20):
            user = ("ann", "bob", "Çelik", "帽")[index // 5]
            item = f'"no. {index}, ñ"'
            log.append(f"{user},{item}")
            items.append(f"{item},{('hat', 'shoe')[index % 2]}")
            photos.append(f"{item},photos/{index}.jpg")
            photo = encode(colour=(index * 12, 90, 90))
            (folder / "photos" / f"{index}.jpg").write_bytes(photo)
        for name, lines in (("log", log), ("items", items), ("photos", photos)):
            (folder / f"{name}.csv").write_text("\n".join(lines), "utf-8")

    return build_once("shop", write)


@pytest.fixture(scope="session")
def flags_of():
    """Flags that prepare a folder of CSV tables."""

    def flags(folder, data_dir):
        return [
            f"--interactions={folder}/log.csv",
            f"--items={folder}/items.csv",
            f"--photos={folder}/photos.csv",
            "--photo_column=path",
            "--category_column=kind",
            "--image_size=32",
            "--min_shards=2",
            f"--data_dir={data_dir}",
        ]

    return flags


@pytest.fixture(scope="session")
def prepared(shop, flags_of, build_once) -> str:
    """The sound tables, prepared; to be read and not to be changed."""

    def prepare_shop(folder):
        prepare.main(flags_of(shop, folder / "data"))

    return str(build_once("prepared_shop", prepare_shop) / "data")


@pytest.fixture
def assert_prepared(prepared):
    """Returns a check that a folder has the files of `prepared`.

    Its manifest is left out, which names the flags.
    """

    def check(folder) -> None:
        files = [
            str(path.relative_to(prepared))
            for path in pathlib.Path(prepared).rglob("*.*")
            if path.name != paths.MANIFEST
        ]
        assert len(files) > 10
        _, different, absent = filecmp.cmpfiles(
            prepared, folder, files, shallow=False
        )
        assert not different + absent

    return check


@pytest.fixture
def without_job(monkeypatch):
    """Replaces the pipeline of `prepare.main` by what one leaves behind.

    Returns leave(counts=..., rows=..., rejected=...), the summary of a job.
    """
    monkeypatch.setattr(prepare, "build", lambda *_: None)
    monkeypatch.setattr(
        prepare,
        "run_pipeline",
        lambda _, started, __: (
            pathlib.Path(started).with_name("summary.json").touch()
        ),
    )

    def leave(**changed):
        summary = {
            "counts": dict.fromkeys(COUNTS, 5),
            "rows": dict.fromkeys(("interactions", "items", "photos"), 15),
            "rejected": {},
            "dropped_users": {},
            "hashed_emails": 0,
            "cutouts": {},
            "times": {},
            "hot_keys": {},
            "content_hash": "",
            **changed,
        }
        monkeypatch.setattr(finish, "read_summary", lambda _: summary)

    return leave


@pytest.fixture(scope="session")
def contents(read_back):
    """Reads a data set: its items, who took what in which split, its users."""

    def read(data_dir):
        items = {
            record[feature_keys.ITEM_ID][0].decode(): (
                record[feature_keys.IMAGE][0],
                record[feature_keys.CATEGORY][0].decode(),
            )
            for record in read_back(paths.items(data_dir))
        }
        triples = [
            (
                record[feature_keys.USER_ID][0].decode(),
                record[feature_keys.ITEM_ID][0].decode(),
                split,
                record[feature_keys.IMAGE][0],
            )
            for split in paths.SPLITS
            for record in read_back(paths.triples(data_dir, split))
        ]
        users = {
            record[feature_keys.USER_ID][0].decode(): [
                one.decode() for one in record[feature_keys.ITEM_IDS]
            ]
            for record in read_back(paths.users(data_dir))
        }
        return items, triples, users

    return read


@pytest.fixture(scope="session")
def rejected():
    """Reads `rejected/` as sorted (table, file name, row, reason)."""

    def read(data_dir):
        lines = [
            json.loads(line)
            for path in pathlib.Path(data_dir, "rejected").glob("*.jsonl")
            for line in path.read_text("utf-8").splitlines()
        ]
        return sorted(
            (
                line["table"],
                os.path.basename(line["file"]),
                line["row"],
                line["reason"],
            )
            for line in lines
        )

    return read


@pytest.fixture(scope="session")
def write_csv():
    """Writes rows, the header first."""

    def write(path, *rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    return write
