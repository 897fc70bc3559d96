"""Speed and memory of training on a stream of triples.

    python -m benchmarks.streamed_input

The first line is the time of a step with its input, which reads, shuffles and
decodes triples, beside the compiled step on one batch in memory, as in
`benchmarks.train_step`. Then a training of a few steps runs with each input on
generated data sets of growing catalogs, each in a new process: memory is the
peak of the process, from loading to validation and checkpoint.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import pathlib
import resource
import tempfile

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.schema.manifest import IDS
from atelier.schema.manifest import IMAGES
from benchmarks.synthetic_dataset import write_prepared
from benchmarks.timing import in_new_process
from trainer.recommender.choose_input import INPUTS
from trainer.recommender.choose_input import STREAM
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    items: tuple[int, ...] = option(
        (10**4, 10**5, 10**6), "item counts", nargs="+"
    )
    inputs: tuple[str, ...] = option(
        INPUTS, "inputs whose memory is measured", nargs="+", choices=INPUTS
    )
    triples: str = option(
        IMAGES, "content of the triples", choices=(IMAGES, IDS)
    )
    image_size: int = option(64, "side of the images in pixels")
    steps: int = option(50, "steps of a training, and of a turn")
    rounds: int = option(5, "number of turns of the timed steps")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.streamed_input", __doc__)
    for place, num_items in enumerate(args.items):
        with tempfile.TemporaryDirectory() as folder:
            data_dir = str(pathlib.Path(folder, "data"))
            in_new_process(
                *(write_prepared, data_dir, num_items),
                *(args.image_size, args.triples),
            )
            if not place:
                print(in_new_process(measure_speed, data_dir, args), flush=True)
                print(f"{'items':>10}{'input':>10}{'MB':>8}")
            for name in args.inputs:
                run_dir = str(pathlib.Path(folder, name))
                peak = in_new_process(
                    measure_memory, data_dir, run_dir, name, args.steps
                )
                print(f"{num_items:10,}{name:>10}{peak:8.0f}", flush=True)


def measure_speed(data_dir: str, args: _Flags) -> str:
    """Times streamed and bare steps; returns a line of results.

    Args:
        data_dir: Folder of a prepared data set.
        args: Parsed flags.
    """
    # Imported here, because this function runs in a new process.
    from benchmarks.train_step import measure
    from trainer.recommender.train import build_trainer
    from trainer.training.distribution import initialize_strategy

    with tempfile.TemporaryDirectory() as run_dir:
        run = Run.start(run_dir, data_dir, RecommenderConfig(input=STREAM))
        strategy = initialize_strategy(0)
        trainer = build_trainer(run, strategy)
        turns = measure(trainer, strategy, args.rounds, args.steps)
    bare, whole = turns.median("bare"), turns.median("whole")
    return (
        f"bare {bare * 1e3:.1f} ms, streamed {whole * 1e3:.1f} ms, "
        f"bare/streamed {bare / whole:.3f}"
    )


def measure_memory(data_dir: str, run_dir: str, name: str, steps: int) -> float:
    """Trains a few steps, and returns the peak memory in MB.

    Args:
        data_dir: Folder of a prepared data set.
        run_dir: Folder of the run.
        name: Input of the run, one of `INPUTS`.
        steps: Number of steps.
    """
    # Imported here, because this function runs in a new process.
    from trainer.recommender.train import train

    config = RecommenderConfig(
        input=name, epochs=1, max_steps=steps, image_cache_mb=1
    )
    train(Run.start(run_dir, data_dir, config), verbose=0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    run_command(main)
