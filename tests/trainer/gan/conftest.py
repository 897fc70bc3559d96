"""A GAN small enough to train in seconds, on the made data set."""

import pytest

from trainer import task
from trainer.gan.config import GanConfig
from trainer.training.run import Run

TINY = {
    "image_size": 8,
    "z_dim": 3,
    "generator_width": 2,
    "discriminator": "paper",
    "discriminator_width": 2,
    "ema_decay": 0.9,
    "batch_size": 4,
    "steps": 6,
    "snapshot_every": 3,
    "checkpoint_every_steps": 2,
    "min_images_per_category": 20,
}
"""A generator of the best preset, a discriminator of the paper's."""


@pytest.fixture(scope="session")
def tiny_config():
    """Returns tiny_config(**values)."""
    return lambda **values: GanConfig(**{**TINY, **values})


@pytest.fixture(scope="session")
def start_run(data_dir, tiny_config):
    """Returns start_run(run_dir, **values), a run that is not trained."""
    return lambda run_dir, **values: Run.start(
        str(run_dir), data_dir, tiny_config(**values)
    )


@pytest.fixture(scope="session")
def gan_flags(data_dir):
    """Flags of the tiny run; give them a `--run_dir`."""
    flags = [f"--{name}={value}" for name, value in TINY.items()]
    return ["gan", f"--data_dir={data_dir}", *flags]


@pytest.fixture(scope="session")
def gan_run_dir(gan_flags, build_once) -> str:
    """The run directory of the tiny GAN, trained."""

    def train(folder):
        task.main([*gan_flags, f"--run_dir={folder / 'run'}"])

    return str(build_once("tiny_gan", train) / "run")
