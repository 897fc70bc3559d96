"""A folder is cleared of what a command wrote, and of nothing else."""

import dataclasses
import json
import pathlib

import pytest
from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError
from beam_jobs.output_dir import JobFolder

MINE = ("log.csv", "items/mine.parquet", "items/deep/part-1.bin")
OURS = (
    "items/part-1.bin",
    "items/.part-2.bin.tmpab12",
    "items/part-3.bin.tmp",
    "items/beam-temp-part-1.bin-77/x.part",
    "page.html",
    "done.json.tmp",
)


@pytest.fixture
def folder(tmp_path):
    return JobFolder(
        path=str(tmp_path / "out"),
        flag="--out",
        content="a thing",
        done="done.json",
        done_key="version",
        unfinished="job.unfinished",
        written=("items/part-*.bin", "page.html"),
    )


@pytest.fixture
def put(folder):
    def put(*names, text=""):
        for name in names:
            path = pathlib.Path(folder.path, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return put


@pytest.fixture
def there(folder):
    """Lists files, and folders with a slash."""

    def there():
        root = pathlib.Path(folder.path)
        return {
            f"{path.relative_to(root)}{'/' if path.is_dir() else ''}"
            for path in root.rglob("*")
        }

    return there


@pytest.mark.parametrize("path", ["s3://mine/data", "hdfs://mine/data"])
def test_a_file_system_that_tensorflow_lacks_is_refused(folder, path):
    elsewhere = dataclasses.replace(folder, path=path)

    with pytest.raises(UserError, match=f"--out must be .*, got {path}; "):
        elsewhere.require_empty_or_owned("fail")


@pytest.mark.parametrize("name", ["log.csv", "items/part-1.bin", "page.html"])
def test_files_of_something_else_are_refused(folder, put, there, name):
    put(name)
    before = there()

    for if_exists in ("fail", "overwrite"):
        with pytest.raises(UserError) as caught:
            folder.require_empty_or_owned(if_exists)

    assert str(caught.value) == (
        f"--out {folder.path} holds files that this command did not write, "
        f"such as {folder.path}/{name}; give a new or empty folder"
    )
    assert there() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", "no JSON", "\xff\x00"])
def test_the_last_file_of_another_program(folder, put, text):
    put("done.json", text=text)

    with pytest.raises(
        UserError, match=r"did not write, such as .*done\.json;"
    ):
        folder.require_empty_or_owned("overwrite")


def test_what_was_done_is_kept_unless_it_is_to_be_replaced(folder, put):
    put(*MINE, *OURS)
    put("done.json", text=json.dumps({"version": 1}))

    with pytest.raises(UserError, match="holds a thing; give another --out, o"):
        folder.require_empty_or_owned("fail")
    folder.require_empty_or_owned("overwrite")


def test_beginning_leaves_what_is_of_others(folder, put, there):
    put(*MINE, *OURS, "done.json")

    folder.begin()

    assert there() == {*MINE, "items/", "items/deep/", "job.unfinished"}
    folder.require_empty_or_owned("fail")  # The next job may begin here again.


def test_folders_left_empty_go(folder, put, there):
    put("items/part-1.bin", "items/beam-temp-part-1.bin-7/x")

    folder.begin()

    assert there() == {"job.unfinished"}


def test_a_whole_job(folder, put, there):
    folder.require_empty_or_owned("fail")
    folder.begin()
    put("done.json", text='{"version": 1}')
    folder.finish()

    assert there() == {"done.json"}


def test_a_file_in_place_of_the_folder(folder):
    pathlib.Path(folder.path).write_text("mine")

    folder.require_empty_or_owned("fail")
    with pytest.raises(UserError, match=r"^--out .* cannot be written to: "):
        folder.begin()

    assert pathlib.Path(folder.path).read_text() == "mine"


def test_a_folder_that_cannot_be_read(folder, monkeypatch):
    """A remote folder without a network, too, is no empty one."""

    def fail(path):
        raise OSError("no network\nand a traceback")

    monkeypatch.setattr(FileSystems, "exists", fail)
    remote = dataclasses.replace(folder, path="gs://bucket/out")

    with pytest.raises(UserError) as caught:
        remote.require_empty_or_owned("fail")

    assert (
        str(caught.value) == "--out gs://bucket/out cannot be read: no network"
    )
