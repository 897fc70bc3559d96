"""Validation of a version before it is served ("blessing" in TFX)."""

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
from trainer.evaluation.verdict import NO_RIVAL
from trainer.evaluation.verdict import outcome

OPS = "registered_ops.txt"
"""Names of the ops of TensorFlow 2.16, the oldest that serves our models.

Written by `python -c "import tensorflow as tf; print(*(name for name in
dir(tf.raw_ops) if name[0].isupper() and 'Py' not in name), sep='\\n')"`; ops
with Py in their name call back into the Python process that created them.
"""
_TIMEOUT_SECONDS = 1800
"""Timeout for loading and querying a version, in seconds."""


def bless(
    version_dir: str, examples: Sequence[Example], signatures: Signatures
) -> None:
    """Validates a version in a process that loads it as TF Serving does.

    Args:
        version_dir: Folder of the version, with its warm-up requests.
        examples: Warm-up requests, in order, with their expected results.
        signatures: Required signatures, with the specs of their inputs and
            outputs.

    Raises:
        UserError: If the version does not load, lacks a signature or has
            another spec of it, has an op that stock TF Serving lacks or a
            variable that is not finite, or returns unexpected results.
    """
    result = probe_in_subprocess(version_dir)
    for name, expected in signatures.items():
        if name not in result.signatures:
            raise _refusal(f"it has no signature {name}")
        if result.signatures[name] != expected:
            raise _refusal(
                f"its signature {name} is {result.signatures[name]}, expected "
                f"{expected}"
            )
    known = importlib.resources.files(__package__).joinpath(OPS).read_text()
    if unknown := result.ops - set(known.split()):
        names = ", ".join(sorted(unknown))
        raise _refusal(f"it uses ops that TensorFlow 2.16 lacks: {names}")
    if result.not_finite:
        names = ", ".join(result.not_finite)
        raise _refusal(f"its variables {names} hold NaN or infinity")
    for example, answer in zip(examples, result.answers, strict=True):
        _check_answer(example, answer)


def probe_in_subprocess(version_dir: str) -> ProbeResult:
    """Queries a version in a process that loads it as TF Serving does.

    Args:
        version_dir: Folder of the version, with its warm-up requests.

    Raises:
        UserError: If the version does not load or answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers")
        run_apart(version_dir, answers)
        with open(answers, "rb") as file:
            return ProbeResult(*pickle.load(file))


def run_apart(version_dir: str, answers: str) -> None:
    """Runs `probe_servable` in a subprocess.

    Args:
        version_dir: Folder of the version, with its warm-up requests.
        answers: Path of the pickled `ProbeResult` to write.

    Raises:
        UserError: If the version does not load or answer.
    """
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
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal(
            f"it did not load and answer within {_TIMEOUT_SECONDS} seconds"
        ) from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        if error.returncode < 0:
            reason = (
                f"the process was killed by signal {-error.returncode}, "
                "possibly for lack of memory"
            )
        raise _not_answered(reason) from error


def check_auc(
    metrics: Mapping[str, Any] | None,
    served: Mapping[str, Any] | None,
    min_auc: float,
    max_drop: float,
) -> None:
    """Checks the AUC of a model against a minimum and the served version.

    The served version may have been evaluated on other data, which change
    daily, but must have been evaluated by the same protocol.

    Args:
        metrics: Metrics of `trainer.task evaluate`; None if it was not run.
        served: Metadata of the version that is served now, if any.
        min_auc: Minimum AUC on all test items; 0 turns the check off.
        max_drop: Maximum decrease of the AUC against the served version; 1
            turns the check off.

    Raises:
        UserError: If the AUC is too low, or the metrics to check are missing
            or not comparable.
    """
    if not min_auc and max_drop >= 1:
        return
    if metrics is None:
        raise _refusal(
            "the run is not evaluated; run `python -m trainer.task evaluate`, "
            "or omit --min_auc and --max_drop"
        )
    auc = _auc(metrics)
    if not auc >= min_auc:  # Also true for NaN.
        raise _refusal(f"its AUC is {auc:.4f}, --min_auc requires {min_auc}")
    if served is not None and not max_drop >= 1:  # Also true for NaN.
        _check_drop(metrics, served.get("metrics"), max_drop)


def check_better(
    metrics: Mapping[str, Any], better_than: str, run_dir: str
) -> None:
    """Checks that a model is not significantly worse than a baseline.

    Args:
        metrics: Metrics of `trainer.task evaluate`.
        better_than: Baseline, one of `verdict.RIVALS`.
        run_dir: Folder of the run, for the error.

    Raises:
        UserError: If it is worse, or was not compared with the baseline.
    """
    tests = metrics.get("rivals", {}).get(better_than)
    if tests is None:
        raise _refusal(
            f"its evaluation has no comparison with {better_than}; run "
            f"`python -m trainer.task evaluate --run_dir {run_dir} --baselines "
            f"{better_than}`, or give --better_than {NO_RIVAL}"
        )
    result = outcome(tests)
    if result.sign < 0:
        test = tests[result.metric]
        raise _refusal(
            f"it is significantly worse than {better_than}: "
            f"{result.metric.upper()} {test['difference']:+.4f} (95 % interval "
            f"{test['low']:+.4f} to {test['high']:+.4f}); train a better one, "
            f"or give --better_than {NO_RIVAL}"
        )


def _check_drop(
    metrics: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    max_drop: float,
) -> None:
    """Checks the AUC of a model against that of the served version."""
    if before is None:
        raise _refusal(
            "the version now published was not evaluated, so --max_drop has "
            "nothing to compare with; omit it"
        )
    if _protocol(metrics) != _protocol(before):
        raise _refusal(
            f"its evaluation protocol ({metrics.get('protocol')}) differs from "
            f"that of the version now published ({before.get('protocol')}); "
            "evaluate it with the same options, or omit --max_drop"
        )
    if not _auc(before) - _auc(metrics) <= max_drop:
        raise _refusal(
            f"its AUC is {_auc(metrics):.4f}, that of the version now "
            f"published {_auc(before):.4f}, and --max_drop allows {max_drop}"
        )


def _auc(metrics: Mapping[str, Any]) -> float:
    try:
        return float(metrics["models"]["two_tower"]["all"]["auc"])
    except KeyError as error:
        raise _refusal(
            "one of the two versions was evaluated by another release of "
            "Atelier; evaluate its run again, or omit --max_drop and --min_auc"
        ) from error


def _protocol(metrics: Mapping[str, Any]) -> str:
    """Returns the evaluation protocol without the counts in parentheses."""
    return re.sub(r"\(.*?\)", "", metrics.get("protocol", ""))


def _check_answer(example: Example, answer: Answer) -> None:
    def check(
        name: str, values: np.ndarray, expected: np.ndarray, min_unit: float
    ) -> None:
        error = _error(values, expected, min_unit)
        if not error <= example.tolerance:  # Also true for NaN.
            by = f" by {error:.2g} of the largest value"
            raise _refusal(
                f"{name} of {example.signature} differ from the expected values"
                f"{by if math.isfinite(error) else ''}"
            )

    for name, expected in example.outputs.items():
        if name not in answer:
            raise _refusal(f"{example.signature} does not return {name}")
        values = answer[name]
        if values.dtype == object and expected.dtype != object:
            values = pixels_of(values)
        if values.dtype != expected.dtype:
            raise _refusal(
                f"{name} of {example.signature} are {values.dtype}, expected "
                f"{expected.dtype}"
            )
        check(name, values, expected, 0.0)
    for name, (values, expected) in example.judge(answer).items():
        check(name, values, expected, 1.0)


def _error(values: np.ndarray, expected: np.ndarray, min_unit: float) -> float:
    """Returns the maximum error, relative to the largest expected value.

    Args:
        values: Returned values, any dtype and shape.
        expected: Expected values; objects must be equal.
        min_unit: Minimum of the value to which the error is relative.

    Returns:
        The relative error, infinity if shapes or objects differ.
    """
    if values.shape != expected.shape:
        return math.inf
    if expected.dtype == object:
        return 0.0 if (values == expected).all() else math.inf
    expected = expected.astype(np.float64)
    # The padding of short lists must not be the largest value.
    unit = np.abs(expected[expected > NO_SCORE]).max(initial=min_unit)
    errors = np.abs(values.astype(np.float64) - expected)
    return float(errors.max(initial=0.0) / (unit or 1.0))


def _refusal(reason: str) -> UserError:
    return UserError(f"the version is not published: {reason}")


def _not_answered(reason: object) -> UserError:
    return _refusal(f"it does not load or does not answer: {reason}")
