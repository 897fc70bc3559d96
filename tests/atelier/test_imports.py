"""A Beam worker and a serving client read records without Keras."""

import os
import pathlib
import subprocess
import sys

SCRIPT = """
import importlib.util
import sys


class Finder:
    # TensorFlow asks for the spec of Keras without loading it.
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "tf_keras", "apache_beam"):
            return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        raise ImportError(f"{module.__name__} must not be loaded")


sys.meta_path.insert(0, Finder())
import tensorflow as tf
import atelier
from atelier.schema import item, manifest, paths, triple, user, vocabulary
from atelier.io import json_files

record = item.build_item(item.Item("帽子", b"jpeg", ""))
parsed = item.parse_items(tf.constant([record]))
assert parsed["item_id"].numpy() == ["帽子".encode()]
try:
    import keras
except ImportError:
    print("read without Keras")
"""


def test_needs_neither_keras_nor_beam():
    root = pathlib.Path(__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=root,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "read without Keras\n", done.stderr
