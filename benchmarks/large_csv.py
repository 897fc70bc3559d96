"""Reading of one large CSV file, by one worker and in blocks.

    python -m benchmarks.large_csv

Each job reads a generated file and counts its rows, in a new process on Beam's
local runner. `scan` is the first pass over the blocks alone, in one process.
"""

import contextlib
import dataclasses
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import apache_beam as beam
import numpy as np

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from beam_jobs.options import beam_options
from beam_jobs.prepare.read_rows import ROWS
from beam_jobs.prepare.read_rows import ReadRows
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.table_options import TablesOptions
from beam_jobs.sources.tables import Tables
from beam_jobs.tables import blocks

_LINES = 100_000
_WAYS = {
    "scan": [],
    "one worker, one process": ["--direct_num_workers=1"],
    "blocks, one process": ["--direct_num_workers=1"],
    "blocks, two processes": [
        "--direct_num_workers=2",
        "--direct_running_mode=multi_processing",
    ],
}
"""Beam's flags of each way to read the file."""


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    megabytes: int = option(500, "size of the file, in MB")
    rounds: int = option(1, "rounds; the fastest of each way is printed")
    path: str | None = option(
        None, "file to read in this process, by --way; prints its cost"
    )
    way: str = option("scan", "way to read --path", choices=tuple(_WAYS))


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.large_csv", __doc__)
    if args.path is not None:
        print(*measure(args.path, args.way))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "log.csv"
        write_log(path, args.megabytes * 10**6)
        print(f"{'':26} seconds   CPU s   peak MB")
        for way in _WAYS:
            costs = [measured_apart(path, way) for _ in range(args.rounds)]
            seconds, cpu, megabytes = min(costs)
            print(f"{way:26} {seconds:7.1f} {cpu:7.1f} {megabytes:9.0f}")


def write_log(path: pathlib.Path, size: int) -> None:
    """Writes a log of interactions, with quoted ids and notes in it.

    Args:
        path: Path of the file.
        size: Minimum size of the file in bytes.
    """
    rng = np.random.default_rng(0)
    with open(path, "w") as file:
        file.write("user_id,item_id,photo,time,note\n")
        while file.tell() < size:
            users = rng.integers(0, 10**6, _LINES).tolist()
            items = rng.integers(0, 10**5, _LINES).tolist()
            file.writelines(
                f'{user},"item {item}",{item}.jpg,{1_600_000_000 + user},'
                f'"size ""{item % 9}"", from the list"\n'
                for user, item in zip(users, items, strict=True)
            )


def measured_apart(path: pathlib.Path, way: str) -> tuple[float, float, float]:
    """Runs `measure` in a new process."""
    command = [sys.executable, "-m", "benchmarks.large_csv"]
    done = subprocess.run(
        [*command, f"--path={path}", f"--way={way}"],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, cpu, megabytes = map(float, done.stdout.split())
    return seconds, cpu, megabytes


def measure(path: str, way: str) -> tuple[float, float, float]:
    """Reads a file in one way.

    Args:
        path: Path of the file.
        way: One of `_WAYS`.

    Returns:
        Wall-clock time in seconds, CPU time in seconds, and the peak memory of
        any one process in MB.
    """
    options = TablesOptions.parse([f"--interactions={path}"], "", None)
    source = Tables.open(options)
    start, cpu = time.perf_counter(), sum(os.times()[:4])
    if way == "scan":
        (chunk,) = source.chunks(INTERACTIONS)
        for block in source.blocks(INTERACTIONS, chunk):
            blocks.scan(block)
    else:
        if way.startswith("one worker"):
            blocks.BLOCK_BYTES = sys.maxsize
        with tempfile.TemporaryDirectory() as folder:
            _count_rows(source, _WAYS[way], folder)
    seconds, cpu = time.perf_counter() - start, sum(os.times()[:4]) - cpu
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return seconds, cpu, max(peaks) / 1024


def _count_rows(source: Tables, flags: list[str], folder: str) -> None:
    """Runs a pipeline that reads the interactions and drops them."""
    # Results of the job are not printed beside those of the benchmark.
    with contextlib.redirect_stdout(sys.stderr):
        pipeline = new_pipeline(beam_options(flags, "large_csv"))
        read = pipeline | ReadRows(source, INTERACTIONS, f"{folder}/started")
        _ = read[ROWS] | beam.combiners.Count.Globally()
        pipeline.run().wait_until_finish()


if __name__ == "__main__":
    run_command(main)
