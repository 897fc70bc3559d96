"""What a version must pass before anybody is served by it."""

import importlib.resources
import math
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from export.ask_version import Asked
from export.example import Answer
from export.example import Example
from export.png import pixels_of
from export.top_k import NO_SCORE
from records.errors import UserError

OPS = "registered_ops.txt"
"""What TensorFlow 2.16 registers, the oldest that serves our models.

Written by `python -c "import tensorflow as tf; print(*(name for name in
dir(tf.raw_ops) if name[0].isupper() and 'Py' not in name), sep='\\n')"`; ops
with Py in their name call back into the Python process that made them.
"""


def bless(
    version_dir: str, examples: Sequence[Example], signatures: Sequence[str]
) -> None:
    """Checks a version in a process that loads it as TF Serving does.

    Args:
        version_dir: The version, with its warm-up requests.
        examples: What these are, and the right answers.
        signatures: Names of all that it must have.

    Raises:
        UserError: If it does not load, lacks a signature, has an op that stock
            TF Serving does not know, or answers otherwise than it should.
    """
    asked = ask_apart(version_dir)
    if missing := set(signatures) - set(asked.signatures):
        raise _refusal(f"it has no signature {', '.join(sorted(missing))}")
    known = importlib.resources.files(__package__).joinpath(OPS).read_text()
    if unknown := asked.ops - set(known.split()):
        names = ", ".join(sorted(unknown))
        raise _refusal(f"TensorFlow 2.16 does not know its ops {names}")
    for example, answer in zip(examples, asked.answers, strict=True):
        _check_answer(example, answer)


def ask_apart(version_dir: str) -> Asked:
    """Asks a version in a process that loads it as TF Serving does.

    Args:
        version_dir: The version, with its warm-up requests.

    Raises:
        UserError: If it does not load or answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers")
        command = ["-m", "export.ask_version", version_dir, answers]
        done = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise _refusal(f"it cannot be loaded and asked: {last}")
        with open(answers, "rb") as file:
            return Asked(*pickle.load(file))


def check_auc(
    metrics: Mapping[str, Any] | None,
    published: Mapping[str, Any] | None,
    min_auc: float,
    max_drop: float,
) -> None:
    """Compares a model with what is asked of it and with the one before.

    Args:
        metrics: What `trainer.task evaluate` found; None if it was not run.
        published: The same of the version that is served now, if any.
        min_auc: The least AUC of all test items; 0 asks for nothing.
        max_drop: How much less than the version before; 1 asks for nothing.

    Raises:
        UserError: If it falls short, or there is nothing to compare.
    """
    if not min_auc and max_drop >= 1:
        return
    if metrics is None:
        raise _refusal(
            "the run is not evaluated; run `python -m trainer.task evaluate`, "
            "or leave --min_auc and --max_drop out"
        )
    found = _auc(metrics)
    if found < min_auc:
        raise _refusal(f"its AUC is {found:.4f}, --min_auc asks {min_auc}")
    if published is not None and _auc(published) - found > max_drop:
        raise _refusal(
            f"its AUC is {found:.4f}, that of the version now published "
            f"{_auc(published):.4f}, and --max_drop allows {max_drop}"
        )


def _auc(metrics: Mapping[str, Any]) -> float:
    return float(metrics["models"]["two towers"]["all"]["auc"])


def _check_answer(example: Example, answer: Answer) -> None:
    for name, expected in example.outputs.items():
        found = answer[name]
        if found.dtype == object:
            found = pixels_of(found)
        # Of a list that ran out of items, those that are there.
        unit = np.abs(expected[expected > NO_SCORE]).max(initial=0.0)
        _check_output(example, name, found, expected, unit or 1.0)
    for name, expected in example.judge(answer).items():
        unit = max(np.abs(expected).max(), 1.0)
        _check_output(example, name, answer[name], expected, unit)


def _check_output(
    example: Example,
    name: str,
    found: np.ndarray,
    expected: np.ndarray,
    unit: float,
) -> None:
    error = (
        float(np.abs(found - expected).max() / unit)
        if found.shape == expected.shape
        else math.inf
    )
    if not error <= example.tolerance:  # Neither is NaN.
        raise _refusal(
            f"{name} of {example.signature} differ from the right ones by "
            f"{error:.2g} of the largest"
        )


def _refusal(reason: str) -> UserError:
    return UserError(f"the version is not published: {reason}")
