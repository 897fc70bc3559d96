"""Training step of the generator and the discriminator."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.gan.config import GanConfig
from trainer.gan.dataset import GanDataset
from trainer.gan.input_pipeline import Batch
from trainer.gan.input_pipeline import GanBatches
from trainer.gan.networks import build_discriminator
from trainer.gan.networks import build_generator
from trainer.gan.networks import variables_of
from trainer.gan.validation import Validation
from trainer.models.gan.adversarial_losses import LOSSES
from trainer.models.gan.diff_augment import diff_augment
from trainer.models.gan.diversity_loss import differences
from trainer.models.gan.diversity_loss import lack_of_diversity
from trainer.models.gan.ema import EMA
from trainer.models.gan.redraw_loss import redraw_loss
from trainer.training.gradient_clipping import clip
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.trainer_protocol import Logs

_IMAGES_A_BATCH = 64
_METRICS = "generator_loss", "discriminator_loss", "real_score", "fake_score"


class GanTrainer:
    """Trains generator and discriminator; implements `Trainable`.

    A step updates the discriminator first, then the generator, on the same z.

    Args:
        config: Configuration of the run.
        dataset: Training and held-out images.
        replicas: Number of devices.

    Example:
        trainer = GanTrainer(run.config, load_gan_dataset(run), replicas=1)
        for batch in trainer.batches_from(0).take(10):
            trainer.train_step(batch)
        z = tf.random.normal([2, run.config.z_dim]).numpy()
        images = trainer.draw(z, np.zeros(2, np.int64))
    """

    def __init__(
        self, config: GanConfig, dataset: GanDataset, replicas: int
    ) -> None:
        self._config = config
        self._replicas = replicas
        self._loss = LOSSES[config.loss]
        shape = config, len(dataset.categories)
        self.generator = build_generator(*shape)
        self.discriminator = build_discriminator(*shape)
        for network in (self.generator, self.discriminator):
            set_compute_dtype(config.precision, network)
        self.optimizers = _optimizers(
            config, self.generator, self.discriminator
        )
        self.average = (
            EMA(self.generator.weights, config.ema_decay)
            if config.ema_decay
            else None
        )
        self._drawing = (
            build_generator(*shape) if self.average else self.generator
        )
        self.seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self._batches = GanBatches(dataset, config)
        self._validation = Validation(dataset, config)
        # Keras callbacks access the model and its optimizer.
        self.model = self.generator
        self.model.compile(optimizer=self.optimizers[0])
        self.metrics: dict[str, keras.metrics.Metric] = {
            name: keras.metrics.Mean(name=name) for name in _METRICS
        }
        self.checkpoint_items = self._checkpoint_items()

    def _checkpoint_items(self) -> dict[str, Any]:
        """Returns the variables of the run, by checkpoint key.

        Variables are listed, because a checkpoint does not track those of
        layers that Keras keeps in lists. Random numbers depend only on the
        step, so no generator state is saved.
        """
        generator = variables_of(self.generator)
        return {
            "generator": generator,
            "discriminator": variables_of(self.discriminator),
            "drawing": self.average.variables if self.average else generator,
            "optimizers": [
                [variable.value for variable in optimizer.variables]
                for optimizer in self.optimizers
            ],
            "seconds": self.seconds,
        }

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite data set of batches, starting at a step."""
        return self._batches.from_step(first_step)

    def train_step(self, batch: Batch) -> None:
        """Updates both networks once on this device's part of a batch."""
        category = batch["category"]
        with tf.GradientTape() as tape:
            made = _exact(self.generator(batch["z"], category, training=True))
            # The scores are computed twice from the same `look`, before and
            # after the discriminator's step, which does not train the layers
            # that compute `look`.
            look = self._look(made, batch["made_draws"])
            with tape.stop_recording():
                photos = self._look(batch["photo"], batch["photo_draws"])
                self._train_discriminator(photos, look, category)
            loss = self._loss.generator(self._scores(look, category))
            if self._config.redraw_loss_weight:
                loss += self._config.redraw_loss_weight * redraw_loss(
                    made, batch["photo"], look, photos
                )
            if self._config.diversity_loss_weight:
                lack = lack_of_diversity(differences(look), _usual(photos))
                loss += self._config.diversity_loss_weight * lack
        self._apply(tape, loss, self.generator, self.optimizers[0])
        self.metrics["generator_loss"].update_state(loss)
        if self.average:
            self.average.update(self.optimizers[0].iterations.value)

    def _train_discriminator(
        self, photos: Any, designs: Any, category: Any
    ) -> None:
        with tf.GradientTape() as tape:
            real, made = (
                self._scores(one, category) for one in (photos, designs)
            )
            loss = self._loss.discriminator(real, made)
        self._apply(tape, loss, self.discriminator, self.optimizers[1])
        self.metrics["discriminator_loss"].update_state(loss)
        self.metrics["real_score"].update_state(real)
        self.metrics["fake_score"].update_state(made)

    def _look(self, images: Any, draws: Any) -> Any:
        """Returns the discriminator's features of the augmented images."""
        return _exact(
            self.discriminator.look(
                diff_augment(images, draws, self._config.changes)
            )
        )

    def _scores(self, look: Any, category: Any) -> Any:
        return _exact(self.discriminator.scores(look, category, training=True))

    def _apply(
        self,
        tape: tf.GradientTape,
        loss: Any,
        network: keras.Model,
        optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Applies the gradients, averaged over the devices."""
        variables = network.trainable_variables
        gradients = tape.gradient(loss, [one.value for one in variables])
        # Converted to dense: with IndexedSlices Adam would square the slices
        # of a row one by one instead of their sum.
        shares = [
            tf.convert_to_tensor(one) / self._replicas for one in gradients
        ]
        clipped = clip(shares, self._config.global_clipnorm)
        # `apply_gradients` sums the gradients over the devices.
        optimizer.apply_gradients(zip(clipped, variables, strict=True))

    def draw(self, z: np.ndarray, category: np.ndarray) -> np.ndarray:
        """Generates images with the EMA weights, if the run has an EMA.

        Args:
            z: Latent vectors, float [n, z_dim].
            category: Category indices, int [n].

        Returns:
            RGB images, float32 [n, size, size, 3] in [-1, 1].
        """
        if self.average:
            self.average.copy_to(self._drawing)
        batches = tf.data.Dataset.from_tensor_slices((z, category)).batch(
            _IMAGES_A_BATCH
        )
        return np.concatenate([self._draw(*one).numpy() for one in batches])

    @tf.function(autograph=False, reduce_retracing=True)
    def _draw(self, z: Any, category: Any) -> Any:
        with float32_compute(self._drawing):
            return self._drawing(z, category, training=False)

    def evaluate(self) -> Logs:
        """Returns the validation metrics, `step` and `seconds`."""
        return {
            **self._validation.measure(self.draw),
            "step": float(self.optimizers[0].iterations.value.numpy()),
            "seconds": float(self.seconds.numpy()),
        }


def _exact(outputs: Any) -> Any:
    """Casts the outputs of a network, a nested structure, to float32."""
    return keras.tree.map_structure(
        lambda one: tf.cast(one, tf.float32), outputs
    )


def _usual(photos: Any) -> list[Any]:
    """Returns the mean difference of image pairs over all devices.

    Args:
        photos: Discriminator features of real images, one map or several,
            float32 [batch, h, w, width] each.

    Returns:
        A float32 scalar for each map.
    """
    here = [tf.reduce_mean(one) for one in differences(photos)]
    replicas = tf.distribute.get_replica_context()
    return list(replicas.all_reduce(tf.distribute.ReduceOp.MEAN, here))


def _optimizers(
    config: GanConfig, generator: keras.Model, discriminator: keras.Model
) -> list[keras.optimizers.Optimizer]:
    """Returns Adam for the generator and for the discriminator."""
    rates = (
        config.learning_rate,
        config.discriminator_learning_rate or config.learning_rate,
    )
    optimizers = []
    for network, rate in zip((generator, discriminator), rates, strict=True):
        optimizer = keras.optimizers.Adam(
            rate, beta_1=config.beta_1, beta_2=config.beta_2, epsilon=1e-8
        )
        optimizer.build(network.trainable_variables)
        optimizers.append(optimizer)
    return optimizers
