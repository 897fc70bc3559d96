"""What a version must pass before anybody is served by it."""

import importlib.resources
import math
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.io.errors import UserError
from export.index.top_k import NO_SCORE
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.probe_servable import ProbeResult
from export.publishing.probe_servable import Signatures
from export.servables.png import pixels_of

OPS = "registered_ops.txt"
"""What TensorFlow 2.16 registers, the oldest that serves our models.

Written by `python -c "import tensorflow as tf; print(*(name for name in
dir(tf.raw_ops) if name[0].isupper() and 'Py' not in name), sep='\\n')"`; ops
with Py in their name call back into the Python process that made them.
"""
_PATIENCE = 1800
"""Seconds that a version may take to load and answer."""


def bless(
    version_dir: str, examples: Sequence[Example], signatures: Signatures
) -> None:
    """Checks a version in a process that loads it as TF Serving does.

    Args:
        version_dir: The version, with its warm-up requests.
        examples: What these are, and the right answers.
        signatures: All that it must have, and what they take and return.

    Raises:
        UserError: If it does not load, lacks a signature or has another one, an
            op that stock TF Serving does not know or a variable that is not
            finite, or answers otherwise than it should.
    """
    asked = probe_in_subprocess(version_dir)
    for name, right in signatures.items():
        if name not in asked.signatures:
            raise _refusal(f"it has no signature {name}")
        if asked.signatures[name] != right:
            raise _refusal(
                f"its signature {name} is {asked.signatures[name]}, and "
                f"{right} would be right"
            )
    known = importlib.resources.files(__package__).joinpath(OPS).read_text()
    if unknown := asked.ops - set(known.split()):
        names = ", ".join(sorted(unknown))
        raise _refusal(f"TensorFlow 2.16 does not know its ops {names}")
    if asked.not_finite:
        names = ", ".join(asked.not_finite)
        raise _refusal(f"its variables {names} hold NaN or infinity")
    for example, answer in zip(examples, asked.answers, strict=True):
        _check_answer(example, answer)


def probe_in_subprocess(version_dir: str) -> ProbeResult:
    """Asks a version in a process that loads it as TF Serving does.

    Args:
        version_dir: The version, with its warm-up requests.

    Raises:
        UserError: If it does not load or answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers")
        run_apart(version_dir, answers)
        with open(answers, "rb") as file:
            return ProbeResult(*pickle.load(file))


def run_apart(version_dir: str, answers: str) -> None:
    """Runs `probe_servable` in a process of its own."""
    try:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "export.publishing.probe_servable",
                version_dir,
                answers,
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal(
            f"it was not loaded and asked within {_PATIENCE} seconds"
        ) from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        if error.returncode < 0:
            reason = (
                f"the process was killed by signal {-error.returncode}, "
                "as for want of memory"
            )
        raise _not_answered(reason) from error


def check_auc(
    metrics: Mapping[str, Any] | None,
    served: Mapping[str, Any] | None,
    min_auc: float,
    max_drop: float,
) -> None:
    """Compares a model with what is asked of it and with the one before.

    That may have been measured on other data, as a shop has every day, but must
    have been measured alike.

    Args:
        metrics: What `trainer.task evaluate` found; None if it was not run.
        served: The metadata of the version that is served now, if any.
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
    if not found >= min_auc:  # One may be NaN.
        raise _refusal(f"its AUC is {found:.4f}, --min_auc asks {min_auc}")
    if served is None or max_drop >= 1:
        return
    before = served.get("metrics")
    if before is None:
        raise _refusal(
            "the version now published was not evaluated, so --max_drop has "
            "nothing to compare with; leave it out"
        )
    if _protocol(metrics) != _protocol(before):
        raise _refusal(
            f"it was evaluated otherwise ({metrics.get('protocol')}) than the "
            f"version now published ({before.get('protocol')}); evaluate it "
            "likewise, or leave --max_drop out"
        )
    if not _auc(before) - found <= max_drop:
        raise _refusal(
            f"its AUC is {found:.4f}, that of the version now published "
            f"{_auc(before):.4f}, and --max_drop allows {max_drop}"
        )


def _auc(metrics: Mapping[str, Any]) -> float:
    return float(metrics["models"]["two towers"]["all"]["auc"])


def _protocol(metrics: Mapping[str, Any]) -> str:
    """Returns how something was evaluated, without how much there was."""
    return re.sub(r"\(.*?\)", "", metrics.get("protocol", ""))


def _check_answer(example: Example, answer: Answer) -> None:
    def check(
        name: str, found: np.ndarray, right: np.ndarray, least_unit: float
    ) -> None:
        error = _error(found, right, least_unit)
        if not error <= example.tolerance:  # Neither is NaN.
            by = f" by {error:.2g} of the largest"
            raise _refusal(
                f"{name} of {example.signature} differ from the right ones"
                f"{by if math.isfinite(error) else ''}"
            )

    for name, right in example.outputs.items():
        if name not in answer:
            raise _refusal(f"{example.signature} does not answer with {name}")
        found = answer[name]
        if found.dtype == object and right.dtype != object:
            found = pixels_of(found)
        if found.dtype != right.dtype:
            raise _refusal(
                f"{name} of {example.signature} are {found.dtype}, and "
                f"{right.dtype} would be right"
            )
        check(name, found, right, 0.0)
    for name, (found, right) in example.judge(answer).items():
        check(name, found, right, 1.0)


def _error(found: np.ndarray, right: np.ndarray, least_unit: float) -> float:
    """Returns how far numbers are off, relative to the largest."""
    if found.shape != right.shape:
        return math.inf
    if right.dtype == object:
        return 0.0 if (found == right).all() else math.inf
    found, right = found.astype(np.float64), right.astype(np.float64)
    # Of a list that ran out of items, those that are there.
    unit = np.abs(right[right > NO_SCORE]).max(initial=least_unit)
    return float(np.abs(found - right).max(initial=0.0) / (unit or 1.0))


def _refusal(reason: str) -> UserError:
    return UserError(f"the version is not published: {reason}")


def _not_answered(reason: object) -> UserError:
    return _refusal(f"it cannot be loaded and asked: {reason}")
