"""Workers of `prepare` run without TensorFlow."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = """
import importlib
import sys

for name in sys.argv[2:]:
    importlib.import_module(name)

from atelier.schema.item import Item
from atelier.schema.item import build_item
from atelier.schema.item import parse_item
from beam_jobs.shards import open_shard
from beam_jobs.tfrecord import read_tfrecords

item = Item("a", b"jpeg", "hat", {"color": "red"}, price=9.5)
with open_shard(sys.argv[1], gzip_level=None) as writer:
    writer.write(build_item(item))
with open(sys.argv[1], "rb") as file:
    (record,) = read_tfrecords(file)
assert parse_item(record) == item
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "modules",
    [
        # What a worker imports to run the stages, and what launches them.
        ("beam_jobs.prepare.pipeline", "beam_jobs.prepare.cli"),
        ("beam_jobs.engines.worker",),
    ],
    ids=lambda modules: modules[0],
)
def test_records_are_written_and_read_without_tensorflow(modules, tmp_path):
    path = str(tmp_path / "a.tfrecord")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, path, *modules],
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
