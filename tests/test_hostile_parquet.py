"""Parquet files with a pickled column type, which pyarrow < 14.0.1 executes.

CVE-2023-47248. Each command runs in a process of its own: Beam, which other
tests import, disables these types for the whole process.
"""

import ast
import pathlib
import pickle
import re
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("beam_jobs", "export", "records", "serving", "trainer")
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


def run(*arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def prepare(flag):
    """A command line of `prepare` whose other tables are sound."""

    def command(path):
        sound = path.with_name("sound.csv")
        sound.write_text("user_id,item_id,photo\nu,i,i.jpg\n")
        tables = dict.fromkeys(("interactions", "items", "photos"), sound)
        tables[flag] = path
        return [
            *("-m", "beam_jobs.prepare"),
            *(f"--{name}={table}" for name, table in tables.items()),
            f"--data_dir={path.parent / 'data'}",
        ]

    return command


def in_stock(path):
    return [
        *("-m", "export.task", "in-stock"),
        *("--items", path, "--model_dir", path.parent),
    ]


COMMANDS = {
    "prepare --interactions": prepare("interactions"),
    "prepare --items": prepare("items"),
    "prepare --photos": prepare("photos"),
    "in-stock --items": in_stock,
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_refuses_the_file_and_runs_nothing(name, hostile, executed):
    done = run(*COMMANDS[name](hostile))

    assert not executed.exists()
    assert done.returncode == 1
    (line,) = re.findall("^error: .*$", done.stderr, re.MULTILINE)
    assert line.endswith(f"{hostile} cannot be read: {REFUSAL}")
    assert "Traceback" not in done.stderr


def test_counting_the_rows_of_a_result_runs_nothing(hostile, executed):
    folder = hostile.parent / "items"
    folder.mkdir()
    hostile.rename(folder / "items-00000-of-00001.parquet")

    done = run(
        "-c",
        "import sys\n"
        "from beam_jobs.embedding.tables import count_rows\n"
        "count_rows(sys.argv[1], 'items')",
        hostile.parent,
    )

    assert not executed.exists()
    assert REFUSAL in done.stderr


def test_pyarrow_is_imported_in_one_module():
    importing = {
        str(path.relative_to(ROOT))
        for folder in (*ROOMS, "benchmarks", "data")
        for path in (ROOT / folder).rglob("*.py")
        if any(map(_imports_pyarrow, ast.walk(ast.parse(path.read_bytes()))))
    }

    assert importing == {"records/arrow.py"}


def _imports_pyarrow(node):
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        return False
    return any(name.partition(".")[0] == "pyarrow" for name in names)
