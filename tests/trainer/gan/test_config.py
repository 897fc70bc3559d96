import argparse
import dataclasses

import pytest

from atelier.io.errors import UserError
from trainer.gan import config as gan_config
from trainer.gan.config import GanConfig
from trainer.gan.presets import PRESETS
from trainer.models.gan import adversarial_losses
from trainer.models.gan import diff_augment


def parsed(*flags):
    parser = argparse.ArgumentParser()
    GanConfig.add_arguments(parser)
    return GanConfig.from_arguments(parser.parse_args(flags))


def test_without_a_preset_it_is_the_best():
    assert parsed() == GanConfig() == parsed("--preset=best")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_configuration(preset):
    config = parsed(f"--preset={preset}", "--steps=2000")
    for name, value in PRESETS[preset].items():
        assert getattr(config, name) == (2000 if name == "steps" else value)


def test_the_paper_is_the_released_code():
    config = parsed("--preset=paper")
    assert {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if name
        not in (
            "steps",
            "snapshot_every",
            "validation_photos",
            "early_stopping_patience",
        )
    } == {
        "categories": "",
        "min_images_per_category": 200,
        "image_size": 64,
        "z_dim": 256,
        "z_distribution": "normal",
        "generator": "paper",
        "generator_width": 64,
        "discriminator": "paper",
        "discriminator_width": 64,
        "hidden_units": 0,
        "loss": "least_squares",
        "redraw_loss_weight": 0.0,
        "discriminator_side": 0,
        "diversity_loss_weight": 0.0,
        "augmentation": "none",
        "ema_decay": 0.0,
        "batch_size": 16,
        "max_seconds": 0.0,
        "learning_rate": 1e-4,
        "discriminator_learning_rate": 0.0,
        "beta_1": 0.5,
        "beta_2": 0.99,
        "global_clipnorm": 0.0,
        "precision": "float32",
        "checkpoint_every_steps": 500,
        "image_cache_mb": 4096,
        "seed": 0,
    }
    # About 30 passes over the 166,270 photos of its data, 16 at a time.
    assert config.steps == pytest.approx(30 * (166_270 // 16), rel=1e-3)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("none", []),
        ("cutout", ["cutout"]),
        ("colour,translation", ["colour", "translation"]),
    ],
)
def test_augmentation_is_a_list(text, changes):
    assert GanConfig(augmentation=text).changes == changes


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image_size": 48}, "--image_size must be a power of two, got 48"),
        ({"image_size": 4}, "--image_size must be at least 8, got 4"),
        (
            {"steps": 1500},
            "--steps 1500 with --snapshot_every 1000: --steps must be a "
            "multiple",
        ),
        ({"loss": "log"}, "--loss is one of least_squares, hinge, got 'log'"),
        (
            {"augmentation": "colour,blur"},
            "--augmentation must be some of colour, translation, cutout, or "
            "none; got 'colour,blur'",
        ),
        (
            {"hidden_units": 1024},
            "--hidden_units 1024 with --discriminator projected: only",
        ),
        ({"ema_decay": 1.0}, "--ema_decay must be at most 0.99999"),
        ({"beta_1": 1.0}, "--beta_1 must be at most 0.99999, got 1.0"),
        ({"learning_rate": 0.0}, "--learning_rate must be positive, got 0.0"),
        (
            {"min_images_per_category": 1},
            "--min_images_per_category must be at least 20",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(values, words):
    with pytest.raises(UserError) as error:
        GanConfig(**values)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("hat", ["hat"]),
        ("hat,T-Shirt", ["hat", "T-Shirt"]),
        ('"Socks, Tights",hat', ["Socks, Tights", "hat"]),
    ],
)
def test_categories_may_hold_commas(text, names):
    assert GanConfig(categories=text).category_names == names


def test_flags_name_all_losses_and_augmentations():
    assert set(gan_config.LOSSES) == set(adversarial_losses.LOSSES)
    assert tuple(diff_augment.CHANGES) == gan_config.CHANGES
