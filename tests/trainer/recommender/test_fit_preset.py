from types import SimpleNamespace

import pytest

from trainer.recommender.config import RecommenderConfig
from trainer.recommender.fit_preset import MIN_STEPS
from trainer.recommender.fit_preset import fit_preset
from trainer.recommender.presets import PRESETS


def manifest(num_interactions, items_with_text=0):
    counts = {
        "users": 400,
        "items": 300,
        "items_with_text": items_with_text,
        "train": num_interactions,
    }
    return SimpleNamespace(counts=counts, image_size=64)


@pytest.mark.parametrize("preset", ["auto", "laptop", "hybrid"])
@pytest.mark.parametrize("num_interactions", [2, 100, 1_590, 36_911, 10**7])
def test_there_are_enough_steps(preset, num_interactions):
    values = fit_preset(preset, {}, manifest(num_interactions))
    config = RecommenderConfig(**values)
    steps = max(1, num_interactions // config.batch_size)
    assert config.epochs * steps >= MIN_STEPS
    assert 64 <= config.batch_size <= PRESETS[preset]["batch_size"]
    assert config.batch_size.bit_count() == 1
    assert 3 <= config.early_stopping_patience < config.epochs
    fitted = {"batch_size", "learning_rate", "epochs"}
    fitted |= {"early_stopping_patience"}
    if preset == "auto":
        fitted |= {"item_embeddings", "ease_weight"}
    assert {name: values[name] for name in values if name not in fitted} == {
        name: value
        for name, value in PRESETS[preset].items()
        if name not in fitted
    }


@pytest.mark.parametrize(
    ("num_interactions", "batch_size", "epochs"),
    [(1_590, 64, 21), (5_090, 256, 27), (36_911, 512, 8)],
)
def test_batches_grow_with_the_interactions(
    num_interactions, batch_size, epochs
):
    values = fit_preset("hybrid", {}, manifest(num_interactions))
    assert (values["batch_size"], values["epochs"]) == (batch_size, epochs)
    assert values["learning_rate"] ** 2 == pytest.approx(
        3e-3**2 * batch_size / 512
    )


def test_a_given_batch_size_counts_in_the_steps():
    values = fit_preset("hybrid", {"batch_size": 500}, manifest(1_000))
    assert values["epochs"] == MIN_STEPS / 2
    for batch_size in (0, 5_000):
        values = fit_preset("laptop", {"batch_size": batch_size}, manifest(9))
        assert values["epochs"] >= 12


def test_the_settings_of_the_paper_stay():
    assert fit_preset("dvbpr", {}, manifest(10)) == PRESETS["dvbpr"]


@pytest.mark.parametrize(
    ("given", "chosen", "words"),
    [
        (
            {},
            "hybrid",
            "chose hybrid, efficientnet_lite0 frozen with pretrained",
        ),
        (
            {"backbone": "cnn_f"},
            "laptop",
            "cnn_f from scratch, because it has no pretrained weights, no item "
            "embeddings, no EASE, batches",
        ),
        ({"backbone": "cnn_f", "weights": "a.npz"}, "hybrid", "cnn_f frozen"),
        ({"epochs": 3}, "hybrid", "at most 3 epochs"),
        ({"backbone": "none"}, "hybrid", "hybrid, no images, batches"),
        (
            {"input": "stream"},
            "laptop",
            "chose laptop, small on a stream of triples, no item embeddings",
        ),
    ],
)
def test_auto_says_what_it_chose_and_why(given, chosen, words, caplog):
    caplog.set_level("INFO")
    values = fit_preset("auto", given, manifest(1_590))
    assert values == fit_preset(chosen, given, manifest(1_590))
    (message,) = caplog.messages
    assert words in message
    assert "for 400 users, 300 items with images of 64 pixels and 1,590" in (
        message
    )


def test_items_without_a_history_have_no_embeddings():
    assert fit_preset("auto", {}, manifest(300))["item_embeddings"]
    assert not fit_preset("auto", {}, manifest(299))["item_embeddings"]
    assert fit_preset("hybrid", {}, manifest(299))["item_embeddings"]


def test_long_histories_have_no_ease():
    assert fit_preset("auto", {}, manifest(20 * 400 - 1))["ease_weight"] == 50
    assert fit_preset("auto", {}, manifest(20 * 400))["ease_weight"] == 0
    assert fit_preset("hybrid", {}, manifest(20 * 400))["ease_weight"] == 50


@pytest.mark.parametrize(("num_texts", "reads"), [(149, False), (150, True)])
def test_auto_reads_the_texts_that_most_items_have(num_texts, reads):
    values = fit_preset("auto", {}, manifest(1_590, num_texts))
    assert bool(values.get("content")) == reads
    scratch = fit_preset("auto", {"backbone": "small"}, manifest(9, num_texts))
    assert not scratch.get("content")
