"""Flags, presets, and what contradicts itself."""

import argparse
import dataclasses

import pytest

from atelier.io.errors import UserError
from trainer.models.backbones import BACKBONES
from trainer.models.backbones import NO_IMAGE
from trainer.models.losses import ranking_losses
from trainer.models.towers import content_encoder
from trainer.models.towers import two_tower
from trainer.recommender import config
from trainer.recommender.config import LOSSES
from trainer.recommender.config import USER_TOWERS
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.presets import PRESETS
from trainer.training import flag_texts


def parsed(*flags):
    parser = argparse.ArgumentParser()
    RecommenderConfig.add_arguments(parser)
    return RecommenderConfig.from_arguments(parser.parse_args(flags))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_configuration(preset):
    config = parsed(f"--preset={preset}")
    for name, value in PRESETS[preset].items():
        assert getattr(config, name) == value
    defaults = dataclasses.asdict(RecommenderConfig())
    others = dataclasses.asdict(config)
    assert {name for name in others if others[name] != defaults[name]} <= set(
        PRESETS[preset]
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_flags_come_before_the_preset(preset):
    config = parsed(f"--preset={preset}", "--epochs=7", "--embedding_dim=5")
    assert (config.epochs, config.embedding_dim) == (7, 5)
    plain = parsed(f"--preset={preset}")
    assert (
        dataclasses.replace(config, epochs=1, embedding_dim=1)
    ) == dataclasses.replace(plain, epochs=1, embedding_dim=1)


def test_a_flag_may_be_what_the_default_is():
    """Which is not the same as not giving it."""
    assert parsed("--preset=dvbpr", "--batch_size=64").batch_size == 64


def test_a_preset_can_be_negated():
    assert parsed("--preset=hybrid").item_embeddings is True
    config = parsed("--preset=hybrid", "--no-item_embeddings")
    assert config.item_embeddings is False


def test_the_defaults_of_a_configuration_suit_a_laptop():
    assert RecommenderConfig() == parsed("--preset=laptop")
    assert parsed() == parsed("--preset=auto") == parsed("--preset=hybrid")


def test_a_preset_is_fitted_to_the_data_set(data_dir):
    parser = argparse.ArgumentParser()
    RecommenderConfig.add_arguments(parser)
    parser.add_argument("--data_dir")
    flags = ["--learning_rate=0.5", f"--data_dir={data_dir}"]
    config = RecommenderConfig.from_arguments(parser.parse_args(flags))
    assert config.learning_rate == 0.5
    assert config.epochs > RecommenderConfig().epochs
    assert config.early_stopping_patience


def test_an_unknown_preset_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        parsed("--preset=best")
    *_, line = capsys.readouterr().err.splitlines()
    assert "argument --preset: invalid choice: 'best'" in line
    for preset in PRESETS:
        assert preset in line


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"user_tower": "history"},
            "--user_tower history with --positives_per_image 0: the triples of "
            "the paper do without it; give --positives_per_image of 1 or more",
        ),
        ({"user_tower": "both"}, "--user_tower both with"),
        ({"item_embeddings": True}, "--item_embeddings with"),
        ({"item_embeddings": 1}, "--item_embeddings 1 with"),
        ({"item_embeddings": 2}, "--item_embeddings must be true or false, go"),
        ({"loss": "softmax"}, "--loss softmax with"),
        ({"loss": "warp"}, "--loss warp with"),
        ({"negatives": "mixed"}, "--negatives mixed with"),
        ({"pca_components": 8}, "--pca_components 8 with"),
        (
            {"positives_per_image": 2},
            "--negatives uniform with --positives_per_image 2 with "
            "--frozen_stages 0: uniform negatives of images are for a backbone "
            "that is not trained",
        ),
        (
            {"weights": "some.h5"},
            "--weights of --backbone small is a .npz file",
        ),
        ({"backbone": "resnet"}, "--backbone is one of cnn_f, effi"),
        ({"user_tower": "cat"}, "--user_tower is one of id, history, both, go"),
        ({"content": "text"}, "--content text with --positives_per_image 0"),
        (
            {"content": "text,price"},
            "--content is any of attributes, text, features, separated by "
            "commas, got 'price'",
        ),
        (
            {"content": "text", "features": "a.parquet"},
            "--content text with --features a.parquet with --features_dim 0: "
            "vectors of other models need all three",
        ),
        (
            {"content": "features", "features_dim": 512},
            "--content features with --features",
        ),
        (
            {"backbone": "none"},
            "--backbone none with --content : without images the item tower "
            "needs other content",
        ),
        (
            {"input": "stream", "ease_weight": 9.0},
            "--ease_weight 9.0 with --input stream: a stream of triples trains "
            "the image tower and a vector per user",
        ),
        (
            {"input": "stream", "holdout_user_fraction": 0.1},
            "--holdout_user_fraction 0.1 with --input stream",
        ),
        (
            {"input": "stream", "positives_per_image": 1},
            "--positives_per_image 1 with --input stream",
        ),
        (
            {"cross_batch_memory": 4, "loss": "softmax"},
            "--cross_batch_memory 4 with --input auto: the memory holds the "
            "negatives of a softmax on a stream of triples; give --input",
        ),
        (
            {"cross_batch_memory": 4, "input": "stream"},
            "--cross_batch_memory 4 with --loss bpr: the memory holds",
        ),
        ({"epochs": 0}, "--epochs must be at least 1, got 0"),
        ({"learning_rate": 0.0}, "--learning_rate must be positive, got 0.0"),
        ({"learning_rate": float("nan")}, "--learning_rate must be positive"),
        ({"user_l2": -1.0}, "--user_l2 must be at least 0, got -1"),
        (
            {"holdout_user_fraction": 0.6},
            "--holdout_user_fraction must be at most 0.5, got 0.6",
        ),
        ({"frozen_stages": -2}, "--frozen_stages must be at least -1, got -2"),
        (
            {"item_embedding_dropout": 1.0},
            "--item_embedding_dropout must be at most 0.95",
        ),
        (
            {"seed": 1 << 32},
            "--seed must be at most 4294967295, got 4294967296",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(values, words):
    with pytest.raises(UserError) as error:
        RecommenderConfig(**values)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


def test_what_history_needs_is_enough():
    config = RecommenderConfig(
        user_tower="history", positives_per_image=1, negatives="in_batch"
    )
    assert not config.draws_triples
    assert config.trains_backbone
    assert not RecommenderConfig(frozen_stages=-1).trains_backbone


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("preset", ["laptop", "dvbpr"])
def test_a_stream_takes_all_losses(preset, loss):
    flags = f"--preset={preset}", f"--loss={loss}", "--input=stream"
    assert parsed(*flags).streams


def test_a_stream_takes_no_histories():
    with pytest.raises(UserError, match="of the preset hybrid.*presets laptop"):
        parsed("--preset=hybrid", "--input=stream")


def test_without_images_no_backbone_is_trained():
    without = RecommenderConfig(
        backbone="none", content="text, attributes", positives_per_image=1
    )
    assert without.modalities == ["text", "attributes"]
    assert not without.trains_backbone


def test_flags_name_all_networks_and_losses():
    assert set(flag_texts.BACKBONES) == set(BACKBONES)
    assert config.NO_IMAGE == NO_IMAGE
    assert config.CONTENT == content_encoder.CONTENT
    assert set(LOSSES) == set(ranking_losses.LOSSES)
    assert two_tower.USER_TOWERS == USER_TOWERS


def test_a_preset_is_named_where_its_value_contradicts():
    with pytest.raises(UserError, match="^--positives_per_image 0 with --"):
        parsed("--preset=hybrid", "--positives_per_image=0")


def test_a_decay_needs_histories():
    with pytest.raises(UserError, match="use --user_tower history or both"):
        RecommenderConfig(recency_decay=True)
