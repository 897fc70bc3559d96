"""Runs TF Serving's own integration test, unchanged, against the local server.

    make test-tf-serving TF_SERVING_GIT=PATH [ARGS="TEST..."]

PATH is a clone of tensorflow/serving, or its git directory. The test starts a
binary named `tensorflow_model_server`: here a script, which runs this module
with `--serve` before the flags of TF Serving.
"""

import argparse
import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
PACKAGE = "tensorflow_serving"
TEST = "model_servers.tensorflow_model_server_test"
DATA = (
    "bad_model_config.txt",
    "good_model_config.txt",
    "half_plus_two_model_metadata.json",
    "monitoring_config.txt",
    "saved_model_half_plus_three",
    "saved_model_half_plus_two_cpu",
)
LEFT_OUT = {
    r"Classify|Regress|MultiInference": "no signature takes tf.Examples",
    r"TfLite": "no model is a TensorFlow Lite model",
    r"profiler": "no profiler",
    r"UDS": "no Unix socket",
    r"test_tf_text": "TensorFlow Text is not installed",
}
"""Reasons why tests are left out, by a pattern of their names."""


def main(git: str, *arguments: str) -> None:
    """Extracts the test and its data, and runs it.

    Args:
        git: Clone of tensorflow/serving, or its git directory.
        *arguments: Arguments of the test, such as names of test methods.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "tf_serving")
        _extract(git, root)
        launcher = root / PACKAGE / "model_servers" / "tensorflow_model_server"
        launcher.write_text(
            f'#!/bin/sh\nexec {sys.executable} {__file__} --serve "$@"\n'
        )
        launcher.chmod(0o755)
        os.environ |= {
            "PYTHONPATH": str(PROJECT),
            "TEST_SRCDIR": scratch,
            "TF_USE_LEGACY_KERAS": "1",  # The test expects Keras 2.
        }
        _run(root, arguments)


def _extract(git: str, root: Path) -> None:
    root.mkdir()
    paths = [
        f"{PACKAGE}/model_servers",
        *(f"{PACKAGE}/servables/tensorflow/testdata/{name}" for name in DATA),
    ]
    archive = subprocess.run(
        ["git", "-C", git, "archive", "HEAD", *paths],
        stdout=subprocess.PIPE,
        check=True,
    )
    subprocess.run(["tar", "-xC", root], input=archive.stdout, check=True)


def _run(root: Path, arguments: tuple[str, ...]) -> None:
    import tensorflow as tf

    package = importlib.import_module(PACKAGE)  # Has the protocol buffers.
    package.__path__.append(str(root / PACKAGE))
    ports = types.ModuleType("portpicker")
    ports.pick_unused_port = _pick_port  # type: ignore[attr-defined]
    sys.modules["portpicker"] = ports
    case = importlib.import_module(
        f"{PACKAGE}.{TEST}"
    ).TensorflowModelServerTest
    for name in unittest.defaultTestLoader.getTestCaseNames(case):
        for pattern, reason in LEFT_OUT.items():
            if re.search(pattern, name):
                setattr(case, name, unittest.skip(reason)(getattr(case, name)))
    globals()[case.__name__] = case  # Where the runner looks for tests.
    tf.test.main(argv=[__file__, *arguments])


def _pick_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _serve(flags: list[str]) -> int:
    """Runs the local server with the flags of TF Serving that the test sets."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    shared = ("port", "rest_api_port", "rest_api_timeout_in_ms")
    others = ("model_name", "model_base_path", "model_config_file")
    for flag in (*shared, *others, "model_config_file_poll_wait_seconds"):
        parser.add_argument(f"--{flag}")
    options = vars(parser.parse_known_args(flags)[0])
    arguments = [f"--{flag}={options[flag]}" for flag in shared]
    if config := options["model_config_file"]:
        if not int(options["model_config_file_poll_wait_seconds"] or 0):
            # The local server reads a file again that changes.
            config = shutil.copy(config, tempfile.mkdtemp())
        arguments.append(f"--model_config_file={config}")
    else:
        name, path = options["model_name"], options["model_base_path"]
        arguments.append(f"--model={name}={path}")
    from serving.local_server import cli

    return cli.main(arguments)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if sys.argv[1:2] == ["--serve"]:
        sys.exit(_serve(sys.argv[2:]))
    main(*sys.argv[1:])
