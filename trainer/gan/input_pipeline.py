"""Deterministic GAN batches: a function of the seed and the step.

Images are sampled with replacement, as in the paper's released code. All random
numbers of a step are part of its batch. A resumed run therefore gets the same
numbers as an uninterrupted one, for any number of devices.

If the diversity loss is on (`diversity_loss.py`), rows come in pairs of the
same category and with the same augmentation.
"""

import numpy as np
import tensorflow as tf

from trainer.gan.codes import latent_codes
from trainer.gan.config import GanConfig
from trainer.gan.dataset import GanDataset
from trainer.gan.latent import draw_z
from trainer.models.gan.diff_augment import DRAWS

Batch = dict[str, tf.Tensor]
_STREAMS = 5


class GanBatches:
    """Batches of images, categories, z and augmentation parameters.

    With a redraw loss, the rows 0, 2, ... have the code of their image as z,
    and generated images are augmented as the real ones.

    Args:
        dataset: Training images.
        config: Configuration of the run.

    Example:
        batches = GanBatches(load_gan_dataset(run), run.config)
        for batch in batches.from_step(0).take(2):
            print(batch["photo"].shape, batch["category"].numpy())
    """

    def __init__(self, dataset: GanDataset, config: GanConfig) -> None:
        self._dataset = dataset
        self._config = config
        category = dataset.category[dataset.train]
        self._by_category = dataset.train[np.argsort(category, kind="stable")]
        self._ends = np.cumsum(np.bincount(category))
        self._codes = (
            tf.constant(latent_codes(dataset, config.z_dim))
            if config.redraw_loss_weight
            else None
        )

    def from_step(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite data set of batches, starting at a step."""
        return (
            tf.data.Dataset.range(first_step, tf.int64.max)
            .map(self.batch, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(tf.data.AUTOTUNE)
        )

    def batch(self, step: tf.Tensor) -> Batch:
        """Samples the batch of a step.

        Args:
            step: Step index, int64 scalar.

        Returns:
            Real images `photo`, float32 [batch, size, size, 3] in [-1, 1];
            category indices `category`, int64 [batch]; latent vectors `z` of
            generated images of the same category, float32 [batch, z_dim];
            augmentation parameters `photo_draws` of the real and `made_draws`
            of the generated images, float32 [batch, DRAWS] in [0, 1).
        """
        dataset, number = self._dataset, self._config.batch_size
        places = tf.random.stateless_uniform(
            [number], self._seed(step, 0), 0, len(dataset.train), tf.int64
        )
        items = tf.gather(dataset.train, places)
        photo_draws, made_draws = (
            tf.random.stateless_uniform(
                [number, DRAWS], self._seed(step, stream)
            )
            for stream in (1, 2)
        )
        if self._config.diversity_loss_weight:
            items = self._in_pairs(items, step)
            photo_draws, made_draws = (
                tf.repeat(draws[::2], 2, axis=0)
                for draws in (photo_draws, made_draws)
            )
        z = draw_z(self._config, number, self._seed(step, 3))
        if self._codes is not None:
            redrawn = tf.range(number)[:, None] % 2 == 0
            z = tf.where(redrawn, tf.gather(self._codes, items), z)
            made_draws = photo_draws
        return {
            "photo": dataset.take(items),
            "category": tf.gather(dataset.category, items),
            "z": z,
            "photo_draws": photo_draws,
            "made_draws": made_draws,
        }

    def _in_pairs(self, items: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Replaces every second item by a random one of the first's category.

        Args:
            items: Item indices, int64 [batch], of an even batch.
            step: Step index, int64 scalar.

        Returns:
            Item indices, int64 [batch]; rows 0 and 1, 2 and 3, ... are pairs.
        """
        first = items[::2]
        category = tf.gather(self._dataset.category, first)
        end = tf.gather(self._ends, category)
        start = tf.gather(np.append(0, self._ends), category)
        draw = tf.random.stateless_uniform(
            first.shape, self._seed(step, 4), 0, tf.int64.max, tf.int64
        )
        second = tf.gather(self._by_category, start + draw % (end - start))
        return tf.reshape(tf.stack([first, second], axis=1), items.shape)

    def _seed(self, step: tf.Tensor, stream: int) -> tf.Tensor:
        seed = tf.cast(self._config.seed * _STREAMS + stream, tf.int64)
        return tf.stack([seed, step])
