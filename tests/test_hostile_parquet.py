"""Parquet files with a pickled column type, which pyarrow < 14.0.1 executes.

CVE-2023-47248. The commands run in a process of their own: Beam, which other
tests import, disables these types for the whole process.
"""

import ast
import json
import pathlib
import pickle
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.compat
ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("beam_jobs", "export", "atelier", "serving", "trainer")
REFUSAL = (
    "it has a column of a pickled Python type, and reading one can run any "
    "program; write the file again with plain types"
)


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


@pytest.fixture
def executed(tmp_path):
    """The file that exists once the payload has run."""
    return tmp_path / "executed"


@pytest.fixture
def hostile(tmp_path, executed):
    """A Parquet file with the payload in the type of `item_id`.

    The metadata of a field is where an extension type is stored, so this needs
    no `pa.PyExtensionType`, which current pyarrow does not have.
    """
    metadata = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Payload(executed), 0),
    }
    schema = pa.schema(
        [
            pa.field("item_id", pa.string(), metadata=metadata),
            pa.field("user_id", pa.string()),
            pa.field("photo", pa.binary()),
        ]
    )
    rows = [{"item_id": "i", "user_id": "u", "photo": b""}]
    path = tmp_path / "hostile.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


SCRIPT = """
import json
import sys
import traceback
from atelier.io.errors import UserError

def count_rows(folder):
    from beam_jobs.embed.embedding_tables import count_rows
    count_rows(folder, "items")

def main_of(module):
    return lambda *argv: __import__(module, fromlist=["main"]).main(argv)

COMMANDS = {
    "export": main_of("export.task"),
    "count_rows": count_rows,
    "prepare": main_of("beam_jobs.prepare.cli"),
}
for name, *arguments in json.loads(sys.argv[1]):
    try:
        COMMANDS[name](*arguments)
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def command_lines(hostile):
    """Command lines with the file, for each command that reads Parquet."""
    sound = hostile.with_name("sound.csv")
    sound.write_text("user_id,item_id,photo\nu,i,i.jpg\n")
    result = hostile.parent / "items" / "items-00000-of-00001.parquet"
    result.parent.mkdir()
    shutil.copy(hostile, result)
    tables = ("interactions", "items", "photos")
    return [
        # Before Beam is imported, which disables these types by itself.
        *(
            ["export", command, f"--{flag}={hostile}", "--model_dir=models"]
            for command, flag in (
                ("set-availability", "items"),
                ("set-boosts", "boosts"),
            )
        ),
        ["count_rows", str(hostile.parent)],
        *(
            [
                "prepare",
                *(
                    f"--{name}={hostile if name == table else sound}"
                    for name in tables
                ),
                f"--data_dir={hostile.parent / 'data'}",
            ]
            for table in tables
        ),
    ]


@pytest.mark.slow
def test_each_command_refuses_the_file_and_runs_nothing(
    command_lines, hostile, executed
):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(command_lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert not executed.exists()
    said = [one for one in done.stdout.splitlines() if one]
    assert len(said) == len(command_lines), done.stderr
    assert all(line.endswith(REFUSAL) for line in said)
    of_files = [line for line in said if line.startswith("UserError ")]
    assert len(of_files) == len(command_lines) - 1
    assert all(f"{hostile} cannot be read: " in line for line in of_files)


def test_pyarrow_is_imported_in_one_module():
    importing = {
        str(path.relative_to(ROOT))
        for folder in (*ROOMS, "benchmarks", "data")
        for path in (ROOT / folder).rglob("*.py")
        if any(map(_imports_pyarrow, ast.walk(ast.parse(path.read_bytes()))))
    }

    assert importing == {"atelier/io/parquet.py"}


def _imports_pyarrow(node):
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        return False
    return any(name.partition(".")[0] == "pyarrow" for name in names)
