"""Keras with the settings that the models of this project are written for.

Other projects may have chosen another backend, data type or image layout, in
the shell or in Keras's file in the home folder.
"""

import json
import os
import pathlib

_SETTINGS = {"floatx": "float32", "image_data_format": "channels_last"}


def use_tensorflow() -> None:
    """Makes Keras run on TensorFlow, with its default settings.

    A command calls it before Keras is imported; library code never does.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if not _SETTINGS.items() <= (_SETTINGS | _stored_settings()).items():
        # Imported for such a file only, because it takes seconds.
        import keras

        keras.config.set_floatx(_SETTINGS["floatx"])
        keras.config.set_image_data_format(_SETTINGS["image_data_format"])


def _stored_settings() -> dict[str, object]:
    """Returns the content of `keras.json`; empty without a readable file."""
    folder = os.environ.get("KERAS_HOME") or pathlib.Path("~/.keras")
    try:
        text = (pathlib.Path(folder).expanduser() / "keras.json").read_text()
        settings = json.loads(text)
    except (OSError, RuntimeError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}
