"""A GAN and a recommender of a few weights, both smooth; tiny garments."""

import io
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.segmentation import garment_cutter
from trainer import task
from trainer.design.composed_search import ComposedSearch
from trainer.design.design_request import DesignRequest
from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.garments import Garments
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.search_config import SearchConfig

SIZE, Z_DIM, K, CATEGORIES = 16, 5, 3, 2


class Generator(keras.Model):
    """Draws sums of a few smooth pictures, others for each category."""

    def __init__(self):
        super().__init__()
        rng = np.random.default_rng(0)
        place = np.linspace(0, np.pi, SIZE)
        waves = np.stack([np.sin(place * k) for k in range(1, 4)])
        parts = rng.normal(size=(CATEGORIES, Z_DIM, 3, 3, 3))
        self.pictures = tf.constant(
            np.einsum("czabk,ay,bx->czyxk", parts, waves, waves), tf.float32
        )

    def call(self, z, category, training=False):
        pictures = tf.cast(tf.gather(self.pictures, category), z.dtype)
        return tf.tanh(0.3 * tf.einsum("nz,nzyxk->nyxk", z, pictures))


class Discriminator(keras.Model):
    """Finds grey images real, and calls coloured ones made."""

    def call(self, images, category, training=False):
        return 0.2 - tf.reduce_mean(images**2, axis=[1, 2, 3])


@pytest.fixture(scope="session")
def item_tower():
    """Phi of photos 0..255 of 16 pixels, smooth."""
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            # Else the first call builds it, which may be in a graph.
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1.0),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="tanh"),
            keras.layers.Dense(K),
        ]
    )


@pytest.fixture(scope="session")
def make_designer(item_tower):
    """Returns make_designer(**search)."""

    def make(**values):
        return LatentOptimizer(
            Generator(),
            Discriminator(),
            z_dim=Z_DIM,
            bound=2.0,
            preference=Preference([Tower(item_tower, SIZE)], SIZE),
            search=SearchConfig(
                **{
                    "num_starts": 6,
                    "candidates_per_start": 4,
                    "steps": 15,
                    **values,
                }
            ),
        )

    return make


@pytest.fixture(scope="session")
def design_request():
    return DesignRequest(
        np.array([1.0, -0.5, 0.3], np.float32),
        np.int32(1),
        np.float32(0.7),
        LEAST_SQUARES,
        np.int64(3),
    )


@pytest.fixture(scope="session")
def judge_run_dir(train_flags, build_once, eager):
    """A recommender of the same items, of another seed and one epoch."""

    def train(folder):
        run = f"--run_dir={folder / 'run'}"
        with eager():
            task.main([*train_flags, run, "--epochs=1", "--seed=5"])

    return str(build_once("judge", train) / "run")


@pytest.fixture(scope="session")
def design_flags(run_dir, drawing_gan):
    """Flags of both commands, of searches that take no time."""
    return [
        f"--run_dir={run_dir}",
        f"--gan_run_dir={drawing_gan}",
        "--num_starts=8",
        "--candidates_per_start=2",
    ]


@pytest.fixture(scope="session")
def garments(garment, dotted):
    """A red and a blue garment, a dotted one, and one without a mask."""
    made = [garment((0.7, 0.2, 0.2)), garment((0.2, 0.3, 0.7)), dotted]
    images = np.stack([image for image, _ in [*made, made[0]]])
    photos = tf.constant(np.round((images + 1) * 127.5), tf.uint8)
    masks = []
    for _, mask in made:
        encoded = io.BytesIO()
        Image.fromarray(mask).save(encoded, "PNG")
        masks.append(encoded.getvalue())
    take = types.SimpleNamespace(take=lambda items: tf.gather(photos, items))
    return Garments(take, [*masks, b""])


@pytest.fixture(scope="session")
def search(garments):
    """A search whose embeddings are mean colors."""
    preference = types.SimpleNamespace(
        image_size=64, embed_many=lambda images: images.mean(axis=(1, 2))
    )
    return ComposedSearch(garments, preference)


@pytest.fixture
def salient(monkeypatch):
    """Returns salient(rows, columns, value), which sets where garments are.

    The network, which takes seconds, is not built.
    """

    def set_saliency(rows, columns, value=1.0):
        saliency = np.zeros((320, 320), np.float32)
        saliency[rows, columns] = value
        monkeypatch.setattr(
            garment_cutter.GarmentCutter,
            "saliency",
            lambda *_: tf.constant(saliency),
        )

    monkeypatch.setattr(garment_cutter, "u2netp", lambda: None)
    return set_saliency
