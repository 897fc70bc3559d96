"""Throughput of `beam_jobs.embed`, compared with the bare model."""

if __name__ == "__main__":
    from beam_jobs.logging_setup import quiet_beam

    quiet_beam()

import dataclasses
import statistics
import tempfile
from typing import Any

import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.records import open_shard
from beam_jobs.embed import cli as embed
from beam_jobs.embed.exported_model import EMBED_IMAGES
from beam_jobs.embed.exported_model import open_model
from beam_jobs.embed.saved_model_handler import load
from benchmarks.timing import timed

EPILOG = """\
The job reads, embeds and writes all items, and ranks them for all users. The
bare model only embeds the same images, in batches that are in memory. The two
run alternately; the first turn is not counted.

example:
  python benchmarks/embed.py --model_dir runs/demo/models/recommender \\
    --data_dir runs/demo/data
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    model_dir: str = option(..., "folder with exported versions")
    data_dir: str = option(..., "prepared data set")
    turns: int = option(3, "number of turns")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark; prints the medians and their ratio."""
    args = _Flags.parse(argv, "python -m benchmarks.embed", __doc__, EPILOG)
    batches = [
        parse_items(batch)[feature_keys.IMAGE]
        for path in sorted(tf.io.gfile.glob(paths.items(args.data_dir)))
        for batch in open_shard(path, embed.BATCH_SIZE)
    ]
    items = sum(len(batch) for batch in batches)
    model = load(open_model(args.model_dir, None).path)
    function = model.signatures[EMBED_IMAGES]
    turns = [
        (
            items / timed(_run_job, args),
            items / timed(_run_bare, function, batches),
        )
        for _ in range(args.turns + 1)
    ][1:]
    job, bare = (statistics.median(rates) for rates in zip(*turns, strict=True))
    print(
        f"{items} items, medians of {len(turns)}: job {job:.0f} items/s, "
        f"bare model {bare:.0f} items/s, ratio {job / bare:.2f}"
    )


def _run_job(args: _Flags) -> None:
    argv = [f"--model_dir={args.model_dir}", f"--data_dir={args.data_dir}"]
    with tempfile.TemporaryDirectory() as out_dir:
        embed.main([*argv, f"--out_dir={out_dir}"])


def _run_bare(function: Any, batches: list[tf.Tensor]) -> None:
    for batch in batches:
        function(image_bytes=batch)["embeddings"].numpy()


if __name__ == "__main__":
    run_command(main)
