"""The servable makes squares as the data of its run were made."""

import dataclasses
import io
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.schema.item import Item
from atelier.segmentation.garment_cutter import GarmentCutter
from beam_jobs.prepare import cut_photos
from beam_jobs.prepare.image_codec import JPEG_QUALITY
from beam_jobs.prepare.image_codec import encode_jpeg
from export.servables import image_embedder
from export.servables.recommender import RecommenderServable
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

PHOTOS = pathlib.Path("tests/atelier/segmentation/u2netp_reference.npz")
ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture(scope="module")
def embed(run_dir):
    run = Run.load(run_dir, RecommenderConfig)
    trained = load_recommender(run)

    def embed(files, **options):
        recommender = RecommenderServable(
            dataclasses.replace(run, **options),
            trained,
            [Item("", b"", "")] * len(trained.interactions.item_ids),
            5,
        )
        embed_images = tf.function(recommender.embed_images, autograph=False)
        found = embed_images(tf.constant(files))
        assert not any(found["error"].numpy())
        return found["embeddings"].numpy()

    return embed


def png(image):
    encoded = io.BytesIO()
    image.save(encoded, format="PNG")
    return encoded.getvalue()


def test_the_way_of_the_data_set_reaches_the_signature(embed):
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    whole = Image.fromarray(noise)
    files = [png(whole), png(whole.crop((16, 0, 80, 64)))]

    padded, square = embed(files, resize="pad")
    cropped, _ = embed(files, resize="crop")

    np.testing.assert_allclose(cropped, square, atol=1e-5)
    assert np.abs(padded - square).max() > 1e-3


@pytest.mark.compat
def test_a_photo_is_cut_out_as_that_of_the_data_set(embed, monkeypatch):
    cutter = GarmentCutter()
    monkeypatch.setattr(image_embedder, "GarmentCutter", lambda: cutter)
    monkeypatch.setattr(
        cut_photos, "_network", lambda size: lambda photo: cutter(photo, size)
    )
    with np.load(ROOT / PHOTOS) as reference:
        photo = Image.fromarray(reference["photos"][1])
    cut = cut_photos.cut_by_network(photo, 32)
    assert cut.outcome == cut_photos.CUT
    stored = encode_jpeg(cut.image, JPEG_QUALITY)

    served, prepared = embed([png(photo), stored], background="white")
    (whole,) = embed([png(photo)])

    scale = np.abs(prepared).max()
    np.testing.assert_allclose(served, prepared, atol=0.03 * scale)
    assert np.abs(whole - prepared).max() > 0.1 * scale
