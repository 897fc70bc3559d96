"""Sample grids of generated images: one row per category, fixed z."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from atelier.io.atomic import atomic_write
from atelier.schema import paths
from trainer.gan.config import SAMPLES
from trainer.gan.config import GanConfig
from trainer.gan.latent import draw_z

COLUMNS = 8
_SEED = (0, 6)


class SampleGrid(keras.callbacks.Callback):
    """Writes a sample grid after each snapshot, to TensorBoard and as a PNG.

    Args:
        draw: Function of z, float [n, z_dim], and category indices, int [n],
            to images, float32 [n, size, size, 3] in [-1, 1].
        config: Configuration of the run.
        num_categories: Number of categories, the rows of the grid.
        run_dir: Folder of the run: PNGs are written to `samples/`, TensorBoard
            events to `logs/samples/`.

    Example:
        grids = SampleGrid(trainer.draw, run.config, 2, run.run_dir)
        grids.on_epoch_end(0, {"step": 1000})  # samples/step-0001000.png
    """

    def __init__(
        self,
        draw: Callable[[np.ndarray, np.ndarray], np.ndarray],
        config: GanConfig,
        num_categories: int,
        run_dir: str,
    ) -> None:
        super().__init__()
        self._draw = draw
        z = draw_z(config, COLUMNS, tf.constant(_SEED)).numpy()
        self._z = np.tile(z, (num_categories, 1))
        self._category = np.repeat(np.arange(num_categories), COLUMNS)
        self._folder = paths.join(run_dir, SAMPLES)
        self._writer = tf.summary.create_file_writer(
            paths.join(run_dir, "logs", SAMPLES)
        )

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Writes the grid of a snapshot; `logs` must hold its `step`."""
        step = int((logs or {})["step"])
        image = grid(self._draw(self._z, self._category), COLUMNS)
        with self._writer.as_default(step=step):
            tf.summary.image(SAMPLES, image[None])
        self._writer.flush()
        tf.io.gfile.makedirs(self._folder)
        path = paths.join(self._folder, f"step-{step:07d}.png")
        write_png(path, image)


def grid(images: np.ndarray, columns: int) -> np.ndarray:
    """Tiles images into one image, row by row.

    Args:
        images: RGB images, float [rows * columns, size, size, 3] in [-1, 1].
        columns: Images per row.

    Returns:
        RGB image, uint8 [rows * size, columns * size, 3].
    """
    size = images.shape[1]
    pixels = np.clip(np.round(images * 127.5 + 127.5), 0, 255).astype(np.uint8)
    rows = pixels.reshape(-1, columns, size, size, 3).swapaxes(1, 2)
    return rows.reshape(-1, columns * size, 3)


def write_png(path: str, image: np.ndarray) -> None:
    """Writes a PNG atomically.

    Args:
        path: Path of the PNG.
        image: RGB image, uint8 [height, width, 3].
    """
    atomic_write(path, tf.io.encode_png(image).numpy())
