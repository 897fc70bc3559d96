"""What must not be published is refused, in one sentence."""

import dataclasses
import shutil
import sys

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import signatures
from export import task
from export.index.top_k import NO_SCORE
from export.publishing import blessing
from export.publishing import publish_recommender as recommender_command
from export.publishing.blessing import bless
from export.publishing.blessing import check_auc
from export.publishing.blessing import check_better
from export.publishing.golden_request import Example
from export.publishing.golden_request import golden_inputs
from export.publishing.probe_servable import ProbeResult
from export.publishing.version import versions_of
from export.publishing.write_warmup import write_warm_up
from export.servables import recommender

EXAMPLE = Example(
    "serving_default",
    {"user_id": np.array(["Käufer, 3"], object)},
    {"scores": np.array([[4.0, -2.0]], np.float32)},
)
ANSWER = np.array([[4.0, -2.0]], np.float32)
SIGNATURES = {
    "serving_default": (
        {"user_id": ("string", [-1])},
        {"scores": ("float32", [-1, 2])},
    )
}


@pytest.fixture
def answered(monkeypatch):
    """Returns answered(scores, ops, …): what the other process would say."""

    def make(scores=ANSWER, ops=("MatMul", "TopKV2"), not_finite=()):
        asked = ProbeResult(
            SIGNATURES, set(ops), [{"scores": scores}], list(not_finite)
        )
        monkeypatch.setattr(blessing, "probe_in_subprocess", lambda _: asked)

    return make


def refusal(example=EXAMPLE, signatures=SIGNATURES):
    with pytest.raises(UserError) as error:
        bless("version", [example], signatures)
    return str(error.value)


def test_the_trainers_answers_pass(answered):
    answered(ANSWER + np.float32(1e-3))
    bless("version", [EXAMPLE], SIGNATURES)


@pytest.mark.parametrize(
    "scores", [ANSWER + np.float32(0.01), ANSWER * np.nan, ANSWER[:, :1]]
)
def test_other_answers_are_refused(answered, scores):
    answered(scores)
    words = "scores of serving_default differ from the expected values"
    assert words in refusal()


def test_a_list_that_ran_out_hides_no_other_answer(answered):
    padded = np.append(ANSWER, [[NO_SCORE]], axis=1).astype(np.float32)
    example = dataclasses.replace(EXAMPLE, outputs={"scores": padded})
    answered(padded)
    bless("version", [example], SIGNATURES)
    answered(padded + np.float32(0.01))
    assert "scores of serving_default differ" in refusal(example)


def test_judged_values_must_match_the_trainer(answered):
    def judge(answer):
        right = np.array([[0.1, 0.1, NO_SCORE]], np.float32)
        return {"scores": (answer["scores"], right)}

    example = dataclasses.replace(EXAMPLE, outputs={}, judge=judge)

    def answer(*values):
        answered(np.array([[*values, NO_SCORE]], np.float32))

    answer(0.1005, 0.0995)  # To 1, not to 0.1, and not to `NO_SCORE`.
    bless("version", [example], SIGNATURES)
    answer(0.1, 0.102)
    assert "scores of serving_default differ" in refusal(example)


def test_outputs_must_have_the_expected_names_and_dtypes(answered):
    answered(ANSWER.astype(np.float64))
    words = "scores of serving_default are float64, expected float32"
    assert words in refusal()
    known = {"known_user": np.array([True])}
    words = "serving_default does not return known_user"
    assert words in refusal(dataclasses.replace(EXAMPLE, outputs=known))


def test_variables_that_are_not_finite_are_named(answered):
    answered(not_finite=["_users/_vectors", "_items"])
    assert "its variables _users/_vectors, _items hold NaN" in refusal()


def test_of_a_png_the_pixels_count(answered):
    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3), np.uint8)
    encoded = [tf.io.encode_png(pixels[0]).numpy()]
    example = dataclasses.replace(
        EXAMPLE, outputs={"scores": pixels.astype(np.float32)}
    )
    answered(np.array(encoded, object))
    bless("version", [example], SIGNATURES)
    pixels[0, 0, 0, 0] ^= 64
    answered(np.array([tf.io.encode_png(pixels[0]).numpy()], object))
    assert "scores of serving_default differ" in refusal(example)


def test_unknown_ops_and_missing_signatures_are_refused(answered):
    answered(ops={"MatMul", "OpOfTomorrow", "EagerPyFunc"})
    words = "ops that TensorFlow 2.16 lacks: EagerPyFunc, OpOfTomorrow"
    assert words in refusal()
    other = {"serving_default": ({}, SIGNATURES["serving_default"][1])}
    answered()
    assert "it has no signature design" in refusal(signatures={"design": ()})
    assert "its signature serving_default is ({'user" in refusal(EXAMPLE, other)


def cut_variables(version):
    (data,) = (version / "variables").glob("*.data*")
    data.write_bytes(data.read_bytes()[:100])


def forget(version):
    (version / "saved_model.pb").unlink()


def ask_otherwise(version):
    signature = signatures.SIGNATURES["recommender"]["recommend_filtered"]
    inputs = golden_inputs(signature, {})
    inputs["user_id"] = np.array([b"one", b"another"], object)
    request = Example("recommend_filtered", inputs)
    write_warm_up(str(version), "recommender", [request])


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (cut_variables, "OutOfRangeError: Read less bytes than requ"),
        (forget, "OSError: SavedModel file does not exist at"),
        (ask_otherwise, "InvalidArgumentError: .*must have the same number"),
    ],
)
def test_a_version_that_does_not_load_is_refused(
    exported, tmp_path, breaks, words
):
    version = tmp_path / "1"
    shutil.copytree(exported, version)
    breaks(version)
    with pytest.raises(
        UserError, match="it does not load or does not answer: " + words
    ):
        bless(str(version), [], {})


def test_the_reason_of_a_killed_probe_is_reported(
    run_apart, monkeypatch, tmp_path
):
    for code, words in [
        (
            "import os; os.kill(os.getpid(), 9)",
            "killed by signal 9, possibly for",
        ),
        (
            "import time; time.sleep(60)",
            "did not load and answer within 3 sec",
        ),
    ]:
        (tmp_path / "python").write_text(f"#!{sys.executable}\n{code}\n")
        (tmp_path / "python").chmod(0o700)
        monkeypatch.setattr(blessing, "run_apart", run_apart)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        monkeypatch.setattr(blessing, "_TIMEOUT_SECONDS", 3)
        with pytest.raises(UserError, match=words):
            bless("version", [], {})
        monkeypatch.undo()


def evaluated(auc, protocol="ties lose (8 people); cold: 5"):
    """Metadata of a version whose run was evaluated."""
    metrics = {"models": {"two_tower": {"all": {"auc": auc}}}}
    return {"metrics": {**metrics, "protocol": protocol}}


NAN = float("nan")


@pytest.mark.parametrize(
    ("now", "before", "gates", "words"),
    [
        (evaluated(0.8), None, (0.85, 1), "its AUC is 0.8000, --min_auc req"),
        ({"metrics": None}, None, (0.85, 1), "the run is not evaluated; run"),
        (evaluated(0.86), evaluated(0.9), (0, 0.03), "published 0.9000, and"),
        (evaluated(NAN), evaluated(0.9), (0, 0.03), "its AUC is nan, --min"),
        (evaluated(0.9), evaluated(NAN), (0, 0.03), "published nan, and --max"),
        (evaluated(0.9), None, (NAN, 1), "0.9000, --min_auc requires nan"),
        (evaluated(0.9), evaluated(0.9), (0, NAN), "--max_drop allows nan"),
        (evaluated(0.9), {}, (0, 0.03), "now published was not evaluated, so"),
        (evaluated(0.9), {"metrics": None}, (0, 0.03), "was not evaluated, so"),
        (
            evaluated(0.9),
            evaluated(0.9, "ties half (8 people); cold: 5"),
            (0, 0.03),
            r"protocol \(ties lose .*\) differs from that .* published \(ties",
        ),
    ],
)
def test_a_model_that_is_worse_is_refused(now, before, gates, words):
    with pytest.raises(UserError, match=words):
        check_auc(now["metrics"], before, *gates)


@pytest.mark.parametrize(
    ("now", "before", "gates"),
    [
        (evaluated(0.88), evaluated(0.9), (0.85, 0.03)),
        (evaluated(0.86), None, (0.85, 0.03)),
        (evaluated(0.9), {}, (0.85, 1)),
        ({"metrics": None}, {}, (0, 1)),
        (
            evaluated(0.88, "ties lose (9 people); cold: 5"),
            evaluated(0.9),
            (0.85, 0.03),
        ),
    ],
)
def test_a_model_that_is_good_enough_passes(now, before, gates):
    check_auc(now["metrics"], before, *gates)


def reversed_ids(patch):
    ids = recommender.IdLookup.ids

    def reverse(self, items):
        return tf.reverse(ids(self, items), [1])

    patch.setattr(recommender.IdLookup, "ids", reverse)


def similar_nan(patch):
    similar = recommender.RecommenderServable.similar_items

    def answer(self, item_id):
        found = similar(self, item_id)
        return {**found, "scores": found["scores"] * np.nan}

    patch.setattr(recommender.RecommenderServable, "similar_items", answer)


def other_categories(patch):
    made = recommender.ItemFilter

    def make(categories):
        return made([categories[0], *categories[:0:-1]])

    patch.setattr(recommender, "ItemFilter", make)


def one_person_nan(patch):
    load = recommender_command.load_recommender

    def load_nan(run):
        trained = load(run)
        vectors = trained.user_vectors.copy()
        vectors[5] = np.nan
        return dataclasses.replace(trained, user_vectors=vectors)

    patch.setattr(recommender_command, "load_recommender", load_nan)


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (reversed_ids, "scores of serving_default differ"),
        # What is refused here, tests above refuse without an export.
        *(
            pytest.param(breaks, words, marks=pytest.mark.slow)
            for breaks, words in [
                (one_person_nan, "its variables _users/_vectors hold NaN"),
                (similar_nan, "scores of similar_items differ"),
                (other_categories, "scores of recommend_filtered differ"),
            ]
        ),
    ],
)
def test_a_rejected_version_is_not_published(
    run_dir, tmp_path, monkeypatch, recommender_of, breaks, words
):
    breaks(monkeypatch)
    few = "serving_default", "similar_items", "recommend_filtered"
    with recommender_of(*few), pytest.raises(UserError, match=words):
        export(run_dir, tmp_path)
    assert not versions_of(str(tmp_path))


def test_a_model_that_falls_short_is_not_published(run_dir, tmp_path):
    with pytest.raises(UserError, match="--min_auc requires 1.1"):
        export(run_dir, tmp_path, "--min_auc=1.1")
    assert not versions_of(str(tmp_path))


def measured(mean):
    """Metrics of a run, by a paired test of an interval of 0.2."""
    test = {"difference": mean, "low": mean - 0.1, "high": mean + 0.1}
    return {"rivals": {"popularity": {"auc": test, "ndcg@5": test}}}


@pytest.mark.parametrize("mean", [-0.05, 0.3])
def test_a_model_that_is_not_worse_is_published(mean):
    check_better(measured(mean), "popularity", "run")


@pytest.mark.parametrize(
    ("metrics", "rival", "words"),
    [
        (
            measured(-0.3),
            "popularity",
            r"significantly worse than popularity: NDCG@5 -0.3000 \(95 % inter",
        ),
        (
            measured(0.3),
            "ease",
            "no comparison with ease; run .* --baselines ease",
        ),
        ({}, "ease", "evaluate --run_dir run --baselines ease`, or give --bet"),
    ],
)
def test_a_model_that_is_worse_is_not_published(metrics, rival, words):
    with pytest.raises(UserError, match=words):
        check_better(metrics, rival, "run")


def export(run_dir, model_dir, *flags):
    task.main(
        [
            "recommender", f"--run_dir={run_dir}", f"--model_dir={model_dir}",
            "--top_k=10", *flags,
        ]
    )  # fmt: skip
