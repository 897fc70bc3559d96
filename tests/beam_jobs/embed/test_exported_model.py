"""Which version is taken, and what is said of what is no recommender."""

import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from beam_jobs.embed.exported_model import ExportedModel
from beam_jobs.embed.exported_model import open_model


class Stub(tf.Module):
    """Answers as a recommender of three items, or nearly so."""

    def __init__(self, scores="scores", shape=(-1, 3)):
        super().__init__()
        self._scores = scores
        self._shape = shape

    def signatures(self):
        ids = tf.TensorSpec([None], tf.string, "user_id")
        photos = tf.TensorSpec([None], tf.string, "image_bytes")
        lists = tf.TensorSpec([None, None], tf.string, "exclude_ids")

        def embed_images(image_bytes):
            # The length of what comes out is not known before it is run.
            length = tf.strings.length(image_bytes) * 0 + 5
            return {"embeddings": tf.zeros([tf.size(length), length[0]])}

        def recommend_excluding(user_id, exclude_ids):
            items = tf.tile([["a", "b", "c"]], [tf.size(user_id), 1])
            return {
                "item_ids": tf.reshape(items, self._shape),
                self._scores: tf.reduce_sum(tf.strings.length(exclude_ids)),
            }

        return {
            "embed_images": tf.function(embed_images, input_signature=[photos]),
            "recommend_excluding": tf.function(
                recommend_excluding, input_signature=[ids, lists]
            ),
        }


@pytest.fixture
def save(tmp_path):
    """Saves a module as a version of the model in `tmp_path`."""

    def save(module, version="7", names=None):
        kept = {
            name: function
            for name, function in module.signatures().items()
            if names is None or name in names
        }
        tf.saved_model.save(module, str(tmp_path / version), signatures=kept)

    return save


def said(*args):
    with pytest.raises(UserError) as caught:
        open_model(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_newest_version_and_what_it_can_do(save, tmp_path):
    for version in ("9", "10", "tmp-11"):
        save(Stub(), version)
    (tmp_path / "12").mkdir()  # Still being copied.

    result = open_model(f"{tmp_path}/", None)

    assert result == ExportedModel(f"{tmp_path}/10", 10, 3, 5)
    assert open_model(str(tmp_path), 9).path == f"{tmp_path}/9"
    assert said(str(tmp_path), 12) == (
        f"--model_dir {tmp_path} holds no version 12; it has 9, 10"
    )


def test_a_real_export(exported):
    result = open_model(str(exported.parent), None)

    assert result == ExportedModel(str(exported), int(exported.name), 10, 8)


def test_one_version_in_place_of_all(save, tmp_path):
    save(Stub())

    assert said(str(tmp_path / "7"), None) == (
        f"--model_dir {tmp_path}/7 is one version of a model; give the folder "
        "above it, and --version to choose one"
    )


@pytest.mark.parametrize("name", ["", "missing"])
def test_no_version(tmp_path, name):
    assert "run `python -m export.task recommender` first" in said(
        str(tmp_path / name), None
    )


def test_a_broken_model(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "saved_model.pb").write_bytes(b"broken")

    assert said(str(tmp_path), None).startswith(
        f"{tmp_path}/7 cannot be loaded ("
    )


def test_another_model(save, tmp_path):
    save(Stub(), names=["embed_images"])

    assert said(str(tmp_path), None) == (
        f"{tmp_path}/7 has no signature recommend_excluding, got embed_images; "
        "give a recommender that this project exported"
    )


def test_another_signature(save, tmp_path):
    save(Stub(scores="points"))

    assert said(str(tmp_path), None) == (
        f"signature recommend_excluding of {tmp_path}/7 has other inputs or "
        "outputs than expected: scores; export the model again"
    )


def test_a_model_that_does_not_run(save, tmp_path):
    save(Stub(shape=(-1, 4)))

    assert said(str(tmp_path), None).startswith(
        f"{tmp_path}/7 does not return what a recommender returns ("
    )
