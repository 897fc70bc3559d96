"""Content beside the image: the same at training and at a request."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.data.item_content import ItemContent
from trainer.models.towers import content_encoder
from trainer.models.towers.content_encoder import ContentEncoder

COLORS, KINDS = ("red", "navy blue", "green"), ("dress", "shirt")


def content(vectors=None):
    pairs = [(color, kind) for color in COLORS for kind in KINDS] * 2
    attributes = [[f"color={color}", f"type={kind}"] for color, kind in pairs]
    text = [f"{kind.title()}. Soft {kind} in {color}" for color, kind in pairs]
    attributes[-1], text[-1] = [], ""
    return ItemContent(
        tf.ragged.constant(attributes), tf.constant(text), vectors
    )


@pytest.fixture
def brought():
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    vectors[3] = 0
    return vectors


def test_each_modality_is_a_unit_vector_or_missing(brought, monkeypatch):
    monkeypatch.setattr(content_encoder, "_ITEMS_PER_BATCH", 5)
    encoder = ContentEncoder(["text", "features", "attributes"], 4, 5)
    assert encoder.modalities == ("attributes", "text", "features")
    encoder.fit(content(brought))
    features = encoder.encode(content(brought))
    assert features.shape == (12, encoder.width) == (12, 12)
    norms = np.linalg.norm(features.reshape(12, 3, 4), axis=2)
    expected = np.ones((12, 3))
    expected[11, :2] = 0
    expected[3, 2] = 0
    np.testing.assert_allclose(norms, expected, atol=1e-5)


@pytest.mark.parametrize("modality", ["attributes", "text"])
def test_words_find_what_they_describe(modality):
    encoder = ContentEncoder([modality], 5)
    encoder.fit(content())
    features = encoder.encode(content())
    queries = np.array(encoder(tf.constant(["Navy blue SHIRT", "kite"])))
    assert not queries[1].any()
    best = np.argsort(-(features @ queries[0]), kind="stable")[:2]
    assert sorted(best) == [3, 9]


def test_a_request_has_no_vectors_of_other_models(brought):
    encoder = ContentEncoder(["text", "features"], 4, 5)
    encoder.fit(content(brought))
    (query,) = np.array(encoder(tf.constant(["red dress"])))
    assert query[:4].any()
    assert not query[4:].any()


def test_the_features_of_an_item_are_those_of_a_request_for_its_text():
    encoder = ContentEncoder(["text"], 4)
    encoder.fit(content())
    np.testing.assert_allclose(
        encoder.encode(content()), encoder(content().text), atol=1e-6
    )


def test_a_saved_encoder_embeds_alike(tmp_path, brought):
    encoder = ContentEncoder(["attributes", "text", "features"], 4, 5)
    encoder.fit(content(brought))
    saved = keras.saving.serialize_keras_object(encoder)
    again = keras.saving.deserialize_keras_object(saved)
    assert again.get_config() == encoder.get_config()
    path = tf.train.Checkpoint(encoder=encoder).write(str(tmp_path / "ckpt"))
    tf.train.Checkpoint(encoder=again).read(path).assert_consumed()
    np.testing.assert_array_equal(
        again.encode(content(brought)), encoder.encode(content(brought))
    )


def test_missing_vectors_are_one_sentence():
    with pytest.raises(ValueError, match=r"needs `ItemContent.vectors`"):
        ContentEncoder(["features"], 4, 5).fit(content())
