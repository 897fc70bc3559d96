"""Throughput of the image stage of `beam_jobs.prepare`.

    python -m benchmarks.decode_throughput

The baseline is a bare loop that reads, decodes, resizes and encodes the same
images with the same library. All variants run alternately; the output shows
medians and their ratio. The speed under Beam is the time difference of two jobs
of different sizes, which cancels the fixed cost of a job, such as starting
processes.
"""

if __name__ == "__main__":
    from beam_jobs.logging_setup import quiet_beam

    quiet_beam()

import argparse
import collections
import io
import os
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from PIL import Image
from tqdm import trange

from beam_jobs.prepare.decode_images import RAW_ITEMS
from beam_jobs.prepare.decode_images import PhotoConfig
from beam_jobs.prepare.decode_images import StagePhotos
from beam_jobs.prepare.image_codec import JPEG_QUALITY
from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.sources.source import Source
from beam_jobs.sources.tables import Tables
from benchmarks.synthetic_dataset import make_photos

SIZE = 128
SHARDS = 8
TIMES = 4


def main() -> None:
    """Runs the benchmark and prints the results."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--photos",
        type=int,
        default=3000,
        help="number of images (default: 3000)",
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="number of rounds (default: 5)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_photos(folder, args.photos)
        jobs: dict[str, Callable[[], float]] = {
            "bare loop": lambda: timed(bare_loop, folder, args.photos),
            "photo stage": lambda: timed(photo_stage, folder, args.photos),
            "job, 1 process": lambda: marginal(folder, args.photos, 1),
            "job, 2 processes": lambda: marginal(folder, args.photos, 2),
        }
        seconds = collections.defaultdict(list)
        for _ in trange(args.rounds):
            for label, run in jobs.items():
                seconds[label].append(run())
    rate = {
        label: args.photos / statistics.median(taken)
        for label, taken in seconds.items()
    }
    for label, value in rate.items():
        print(f"{label:17} {value:7.0f} images/s")
    stage = rate["photo stage"] / rate["bare loop"]
    print(f"photo stage / bare loop: {stage:.2f}")
    two = rate["job, 2 processes"] / rate["job, 1 process"]
    print(f"2 processes / 1: {two:.2f}")


def timed(run: Callable[..., None], *args: Any) -> float:
    """Returns the duration of a call, in seconds."""
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


def marginal(folder: pathlib.Path, number: int, processes: int) -> float:
    """Returns the seconds that `number` more images add to a job.

    Args:
        folder: Folder of the images.
        number: Number of images.
        processes: Number of Beam worker processes.
    """
    return timed(job, folder, (TIMES + 1) * number, processes) / TIMES - (
        timed(job, folder, number, processes) / TIMES
    )


def bare_loop(folder: pathlib.Path, number: int) -> None:
    """Reads, decodes, resizes and encodes images with Pillow."""
    for index in range(number):
        data = (folder / "photos" / f"{index}.jpg").read_bytes()
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", (2 * SIZE, 2 * SIZE))
        small = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        small.save(io.BytesIO(), "JPEG", quality=JPEG_QUALITY)


def photo_stage(folder: pathlib.Path, number: int) -> None:
    """Runs the image stage on one shard, without Beam."""
    element = (0, {RAW_ITEMS: raw_items(folder, number)})
    for _ in stage(folder).process(element, 1):
        pass


def job(folder: pathlib.Path, number: int, processes: int) -> None:
    """Runs the image stage in a Beam job with worker processes."""
    items = [
        (index % SHARDS, item)
        for index, item in enumerate(raw_items(folder, number))
    ]
    options = PipelineOptions(
        direct_running_mode="multi_processing", direct_num_workers=processes
    )
    with beam.Pipeline(options=options) as pipeline:
        grouped = {RAW_ITEMS: pipeline | beam.Create(items)}
        _ = grouped | beam.CoGroupByKey() | beam.ParDo(stage(folder), SHARDS)


def stage(folder: pathlib.Path) -> StagePhotos:
    """Returns the image stage for the images of a folder."""
    source: Source = Tables(
        tables={},
        photo_root=str(folder),
        has_times=False,
        has_weights=False,
        has_masks=False,
        time_format="auto",
        notes=(),
        interactions_hold=(),
    )
    config = PhotoConfig(SIZE, "pad", MAX_PIXELS, 10, 4)
    return StagePhotos(str(folder / "data"), source, config)


def raw_items(folder: pathlib.Path, number: int) -> list[ItemRef]:
    """Returns items that refer to the images of a folder, cyclically."""
    table = str(folder / "items.csv")
    photos = len(os.listdir(folder / "photos"))
    return [
        ItemRef(
            f"item {index}",
            "",
            {},
            (table, index),
            (table, index),
            f"photos/{index % photos}.jpg",
        )
        for index in range(number)
    ]


if __name__ == "__main__":
    main()
