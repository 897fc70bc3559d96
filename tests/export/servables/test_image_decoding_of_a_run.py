"""The servable makes squares as the data of its run were made."""

import dataclasses
import io

import numpy as np
import tensorflow as tf
from PIL import Image

from export.servables.recommender import RecommenderServable
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


def png(image):
    encoded = io.BytesIO()
    image.save(encoded, format="PNG")
    return encoded.getvalue()


def test_the_way_of_the_data_set_reaches_the_signature(run_dir):
    run = Run.load(run_dir, RecommenderConfig)
    trained = load_recommender(run)
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    whole = Image.fromarray(noise)
    square = whole.crop((16, 0, 80, 64))

    def embed(resize, image):
        recommender = RecommenderServable(
            dataclasses.replace(run, resize=resize),
            trained,
            [""] * len(trained.interactions.item_ids),
            5,
        )
        found = recommender.embed_images(tf.constant([png(image)]))
        return found["embeddings"].numpy()

    assert run.resize == "pad"
    np.testing.assert_array_equal(embed("crop", whole), embed("pad", square))
    assert np.abs(embed("pad", whole) - embed("pad", square)).max() > 1e-3
