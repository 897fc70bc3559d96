"""Growth of time and memory of `beam_jobs.prepare` with the data size.

    python -m benchmarks.prepare_scale

Each job runs in a new process on a synthetic data set. The time and memory are
measured for more images and for more interactions; memory is the peak of any
one process of the job.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.synthetic_dataset import make_log
from benchmarks.synthetic_dataset import make_photos

_MEASURE = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([code, peak / 1024]))
"""
"""Script that runs a command as its only child, to get the child's peak."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Cost of a job.

    Attributes:
        seconds: Wall-clock time, in seconds.
        megabytes: Peak resident memory, in MB.
    """

    seconds: float
    megabytes: float


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    photos: int = option(20_000, "number of images")
    interactions: int = option(1_000_000, "number of interactions")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.prepare_scale", __doc__)
    with tempfile.TemporaryDirectory() as name:
        large = pathlib.Path(name) / "large"
        small = pathlib.Path(name) / "small"
        make_photos(large, args.photos)
        make_photos(small, args.photos // 10)
        print("images   interactions  seconds   peak MB")
        few = args.interactions // 100
        costs = [
            measure(small, args.photos // 10, few),
            measure(large, args.photos, few),
        ]
        print(
            "10 times the images: memory times "
            f"{costs[1].megabytes / costs[0].megabytes:.2f}"
        )
        for interactions in (few * 10, few * 100):
            costs.append(measure(large, args.photos, interactions))
        print(
            "100 times the interactions: time times "
            f"{costs[-1].seconds / costs[1].seconds:.1f}, memory times "
            f"{costs[-1].megabytes / costs[1].megabytes:.1f}"
        )


def measure(folder: pathlib.Path, photos: int, interactions: int) -> Cost:
    """Runs `beam_jobs.prepare` once; prints and returns the cost.

    Args:
        folder: Folder with the images and their table.
        photos: Number of images in the folder.
        interactions: Number of interactions to write and prepare.
    """
    make_log(folder, interactions, photos)
    command = [
        sys.executable,
        "-m",
        "beam_jobs.prepare",
        f"--interactions={folder}/log.csv",
        f"--items={folder}/items.csv",
        f"--data_dir={folder}/data",
        "--if_exists=overwrite",
    ]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    seconds = time.perf_counter() - start
    code, megabytes = json.loads(done.stdout)
    if code:
        sys.exit("error: the job failed; its messages are printed above")
    print(f"{photos:7,} {interactions:13,} {seconds:8.0f} {megabytes:9.0f}")
    return Cost(seconds, megabytes)


if __name__ == "__main__":
    run_command(main)
