"""Memory and time of evaluation and export, by the number of images.

    python -m benchmarks.catalog_memory

A recommender is trained for a few steps on a stream of generated triples, so
that loading it embeds the images of all items. Then it is evaluated, beside
popularity alone, and exported with thumbnails, each in a new process: memory
is the peak of that process. Two more processes hold all images in memory, and
read them block by block.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import pathlib
import resource
import tempfile
from collections.abc import Callable

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.schema.manifest import IDS
from benchmarks.synthetic_dataset import write_prepared
from benchmarks.timing import in_new_process
from benchmarks.timing import timed
from trainer.recommender.choose_input import STREAM
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    items: tuple[int, ...] = option((10**4, 10**5), "item counts", nargs="+")
    image_size: int = option(64, "side of the images in pixels")
    steps: int = option(20, "steps of the training")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.catalog_memory", __doc__)
    print(f"{'items':>10}{'':>18}{'MB':>8}{'seconds':>10}")
    for num_items in args.items:
        with tempfile.TemporaryDirectory() as folder:
            data_dir = str(pathlib.Path(folder, "data"))
            in_new_process(
                write_prepared, data_dir, num_items, args.image_size, IDS
            )
            run_dir = str(pathlib.Path(folder, "run"))
            in_new_process(train_run, run_dir, data_dir, args.steps)
            for name, measured in MEASURED.items():
                peak, seconds = in_new_process(measure, measured, run_dir)
                print(
                    f"{num_items:10,}{name:>18}{peak:8.0f}{seconds:10.1f}",
                    flush=True,
                )


def train_run(run_dir: str, data_dir: str, steps: int) -> None:
    """Trains a few steps.

    Args:
        run_dir: Folder of the run.
        data_dir: Folder of a prepared data set.
        steps: Number of steps.
    """
    # Imported here and below, because each function runs in a new process.
    from trainer.recommender.train import train

    config = RecommenderConfig(input=STREAM, epochs=1, max_steps=steps)
    train(Run.start(run_dir, data_dir, config), verbose=0)


def measure(
    function: Callable[[str], None], run_dir: str
) -> tuple[float, float]:
    """Returns the peak memory of this process in MB, and seconds of a call.

    Args:
        function: Function of the folder of a run.
        run_dir: Folder of the run.
    """
    seconds = timed(function, run_dir)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds


def evaluate_run(run_dir: str) -> None:
    """Evaluates a run beside popularity."""
    from trainer.evaluation.config import EvaluationConfig
    from trainer.evaluation.evaluate import evaluate

    run = Run.load(run_dir, RecommenderConfig)
    evaluate(run, EvaluationConfig(baselines="popularity"))


def export_run(run_dir: str) -> None:
    """Exports a run with thumbnails."""
    from export.publishing.publish_recommender import export_recommender

    model_dir = str(pathlib.Path(run_dir, "models"))
    export_recommender(run_dir, model_dir, better_than="none")


def hold_images(run_dir: str) -> None:
    """Loads all images, as training with `--input memory` does."""
    from trainer.data.images import load_photos

    load_photos(Run.load(run_dir, RecommenderConfig).data_dir, memory_bytes=0)


def pass_images(run_dir: str) -> None:
    """Computes the mean color of each image in a pass over all."""
    import tensorflow as tf

    from trainer.data.catalog_images import CatalogImages
    from trainer.models.embeddings import map_catalog

    images = CatalogImages(Run.load(run_dir, RecommenderConfig).data_dir)
    map_catalog(
        lambda photos: tf.reduce_mean(tf.cast(photos, tf.float32), [1, 2]),
        images,
    )


MEASURED = {
    "images in memory": hold_images,
    "a pass over images": pass_images,
    "evaluate": evaluate_run,
    "export": export_run,
}

if __name__ == "__main__":
    run_command(main)
