"""Keras as other projects have set it."""

import json
import os

import keras
import pytest

from atelier.cli.keras_settings import use_tensorflow


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """Returns settings(text), which writes keras.json and applies it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")

    def apply(text):
        (tmp_path / "keras.json").write_text(text)
        keras.config.set_floatx("float16")
        keras.config.set_image_data_format("channels_first")
        use_tensorflow()
        return keras.config.floatx(), keras.config.image_data_format()

    yield apply
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")


def test_the_backend_of_the_shell_is_replaced(settings):
    settings("{}")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


@pytest.mark.parametrize(
    "stored",
    [
        {"floatx": "float16", "backend": "torch"},
        {"floatx": "float32", "image_data_format": "channels_first"},
    ],
)
def test_settings_of_the_file_are_replaced(settings, stored):
    assert settings(json.dumps(stored)) == ("float32", "channels_last")


@pytest.mark.parametrize("text", ["{", "[]", '{"floatx": "float32"}'])
def test_other_files_change_nothing(settings, text):
    assert settings(text) == ("float16", "channels_first")
