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

import collections
import dataclasses
import io
import os
import pathlib
import statistics
import tempfile
from collections.abc import Callable

import apache_beam as beam
from PIL import Image
from tqdm import trange

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.schema.item import Item
from beam_jobs.options import beam_options
from beam_jobs.prepare.decode_images import RAW_ITEMS
from beam_jobs.prepare.decode_images import PhotoConfig
from beam_jobs.prepare.decode_images import StagePhotos
from beam_jobs.prepare.image_codec import JPEG_QUALITY
from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.sources.source import Source
from beam_jobs.sources.tables import Tables
from benchmarks.synthetic_dataset import make_photos
from benchmarks.timing import timed

SIZE = 128
SHARDS = 8
TIMES = 4


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    photos: int = option(3000, "number of images")
    rounds: int = option(5, "number of rounds")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.decode_throughput", __doc__)
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
        label: args.photos / statistics.median(times)
        for label, times in seconds.items()
    }
    for label, value in rate.items():
        print(f"{label:17} {value:7.0f} images/s")
    stage = rate["photo stage"] / rate["bare loop"]
    print(f"photo stage / bare loop: {stage:.2f}")
    speedup = rate["job, 2 processes"] / rate["job, 1 process"]
    print(f"2 processes / 1: {speedup:.2f}")


def marginal(folder: pathlib.Path, num_images: int, processes: int) -> float:
    """Returns the seconds that `num_images` more images add to a job.

    Args:
        folder: Folder of the images.
        num_images: Number of images.
        processes: Number of Beam worker processes.
    """
    return timed(job, folder, (TIMES + 1) * num_images, processes) / TIMES - (
        timed(job, folder, num_images, processes) / TIMES
    )


def bare_loop(folder: pathlib.Path, num_images: int) -> None:
    """Reads, decodes, resizes and encodes images with Pillow."""
    for index in range(num_images):
        data = (folder / "photos" / f"{index}.jpg").read_bytes()
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", (2 * SIZE, 2 * SIZE))
        small = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        small.save(io.BytesIO(), "JPEG", quality=JPEG_QUALITY)


def photo_stage(folder: pathlib.Path, num_images: int) -> None:
    """Runs the image stage on one shard, without Beam."""
    element = (0, {RAW_ITEMS: raw_items(folder, num_images)})
    for _ in stage(folder).process(element, 1):
        pass


def job(folder: pathlib.Path, num_images: int, processes: int) -> None:
    """Runs the image stage in a Beam job with worker processes."""
    items = [
        (index % SHARDS, item)
        for index, item in enumerate(raw_items(folder, num_images))
    ]
    flags = [
        "--direct_running_mode=multi_processing",
        f"--direct_num_workers={processes}",
    ]
    with new_pipeline(beam_options(flags, "decode_throughput")) as pipeline:
        grouped = {RAW_ITEMS: pipeline | beam.Create(items)}
        _ = grouped | beam.CoGroupByKey() | beam.ParDo(stage(folder), SHARDS)


def stage(folder: pathlib.Path) -> StagePhotos:
    """Returns the image stage for the images of a folder."""
    source: Source = Tables(
        tables={},
        photo_folder=None,
        photo_root=str(folder),
        has_times=False,
        has_weights=False,
        has_masks=False,
        time_format="auto",
        notes=(),
        unused_columns=(),
        interactions_hold=(),
    )
    config = PhotoConfig(SIZE, "pad", MAX_PIXELS, 10, 4)
    return StagePhotos(str(folder / "data"), source, config)


def raw_items(folder: pathlib.Path, num_images: int) -> list[ItemRef]:
    """Returns items that refer to the images of a folder, cyclically."""
    table = str(folder / "items.csv")
    photos = len(os.listdir(folder / "photos"))
    return [
        ItemRef(
            Item(f"item {index}", b"", ""),
            (table, index),
            (table, index),
            f"photos/{index % photos}.jpg",
        )
        for index in range(num_images)
    ]


if __name__ == "__main__":
    run_command(main)
