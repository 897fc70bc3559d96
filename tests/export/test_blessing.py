"""What must not be published is refused, in one sentence."""

import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf

from export import blessing
from export import task
from export.ask_version import Asked
from export.blessing import bless
from export.blessing import check_auc
from export.example import Example
from export.recommender import Recommender
from export.top_k import NO_SCORE
from records.errors import UserError

EXAMPLE = Example(
    "serving_default",
    {"user_id": np.array(["Käufer, 3"], object)},
    {"scores": np.array([[4.0, -2.0]], np.float32)},
)
ANSWER = np.array([[4.0, -2.0]], np.float32)


@pytest.fixture
def answered(monkeypatch):
    """Returns answered(scores, ops): what the other process would say."""

    def make(scores=ANSWER, ops=("MatMul", "TopKV2")):
        asked = Asked(
            {"serving_default": ({}, {})}, set(ops), [{"scores": scores}]
        )
        monkeypatch.setattr(blessing, "ask_apart", lambda _: asked)

    return make


def refusal(example=EXAMPLE, signatures=("serving_default",)):
    with pytest.raises(UserError) as error:
        bless("version", [example], signatures)
    return str(error.value)


def test_the_trainers_answers_pass(answered):
    answered(ANSWER + 1e-3)
    bless("version", [EXAMPLE], ["serving_default"])


@pytest.mark.parametrize(
    "scores", [ANSWER + 0.01, ANSWER * np.nan, ANSWER[:, :1]]
)
def test_other_answers_are_refused(answered, scores):
    answered(scores)
    assert "scores of serving_default differ from the right ones" in refusal()


def test_a_list_that_ran_out_hides_no_other_answer(answered):
    padded = np.append(ANSWER, [[NO_SCORE]], axis=1).astype(np.float32)
    example = dataclasses.replace(EXAMPLE, outputs={"scores": padded})
    answered(padded)
    bless("version", [example], ["serving_default"])
    answered(padded + np.float32(0.01))
    assert "scores of serving_default differ" in refusal(example)


def test_what_is_said_of_a_search_must_be_the_trainers(answered):
    def judge(answer):
        return {"scores": 0.1 * np.ones_like(answer["scores"])}

    example = dataclasses.replace(EXAMPLE, outputs={}, judge=judge)
    answered(np.array([[0.1005, 0.0995]], np.float32))  # To 1, not to 0.1.
    bless("version", [example], ["serving_default"])
    answered(np.array([[0.1, 0.102]], np.float32))
    assert "scores of serving_default differ" in refusal(example)


def test_of_a_png_the_pixels_count(answered):
    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3), np.uint8)
    encoded = [tf.io.encode_png(pixels[0]).numpy()]
    example = dataclasses.replace(
        EXAMPLE, outputs={"scores": pixels.astype(np.float32)}
    )
    answered(np.array(encoded, object))
    bless("version", [example], ["serving_default"])
    pixels[0, 0, 0, 0] ^= 64
    answered(np.array([tf.io.encode_png(pixels[0]).numpy()], object))
    assert "scores of serving_default differ" in refusal(example)


def test_unknown_ops_and_missing_signatures_are_refused(answered):
    answered(ops={"MatMul", "OpOfTomorrow", "EagerPyFunc"})
    words = "TensorFlow 2.16 does not know its ops EagerPyFunc, OpOfTomorrow"
    assert words in refusal()
    assert "no signature design" in refusal(signatures=("design",))


def test_a_version_that_does_not_load_is_refused(exported, tmp_path):
    version = tmp_path / "1"
    shutil.copytree(exported, version)
    (data,) = (version / "variables").glob("*.data*")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(UserError, match="it cannot be loaded and asked: .+"):
        bless(str(version), [], [])


@pytest.mark.parametrize(
    ("auc", "before", "words"),
    [
        (0.8, None, "its AUC is 0.8000, --min_auc asks 0.85"),
        (None, None, "the run is not evaluated"),
        (0.86, 0.9, "that of the version now published 0.9000, and --max_drop"),
        (0.88, 0.9, None),
        (0.86, None, None),
    ],
)
def test_auc_has_a_least_value_and_may_drop_so_much(auc, before, words):
    metrics, published = (
        None
        if one is None
        else {"models": {"two towers": {"all": {"auc": one}}}}
        for one in (auc, before)
    )
    if words is None:
        check_auc(metrics, published, min_auc=0.85, max_drop=0.03)
        return
    with pytest.raises(UserError) as error:
        check_auc(metrics, published, min_auc=0.85, max_drop=0.03)
    assert words in str(error.value)


def test_what_is_refused_is_not_published(run_dir, tmp_path, monkeypatch):
    flags = ["recommender", f"--run_dir={run_dir}", f"--model_dir={tmp_path}"]
    with pytest.raises(UserError, match="--min_auc asks 1.1"):
        task.main([*flags, "--min_auc=1.1"])
    wrong = Recommender.examples

    def otherwise(self):
        first, *others = wrong(self)
        scores = {"scores": first.outputs["scores"] + 1}
        return [dataclasses.replace(first, outputs=scores), *others]

    monkeypatch.setattr(Recommender, "examples", otherwise)
    with pytest.raises(UserError, match="scores of serving_default differ"):
        task.main(flags)
    assert list(tmp_path.iterdir()) == []
