"""From a servable to a version that TF Serving may serve."""

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import numpy as np
import tensorflow as tf

from atelier.schema import paths
from export.availability.availability_variables import write_availability
from export.publishing.batching_config import write_batching
from export.publishing.blessing import bless
from export.publishing.golden_request import Example
from export.publishing.probe_servable import Specs
from export.publishing.publisher import Publisher
from export.publishing.warmup_requests import write_warm_up
from trainer.training import checkpoints
from trainer.training.provenance import provenance
from trainer.training.run import Run


class Servable(Protocol):
    """A `tf.Module` that has signatures."""

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""


def publish_servable(
    publisher: Publisher,
    model: str,
    servable: Servable,
    examples: Sequence[Example],
    metadata: dict[str, Any],
    *,
    batched: bool,
    in_stock: np.ndarray | None = None,
) -> str:
    """Publishes a servable, if its answers are those of the trainer.

    Args:
        publisher: Where to.
        model: Its name in TF Serving.
        servable: What is published.
        examples: Requests of every signature: they warm a version up, and must
            be answered.
        metadata: What made this version.
        batched: Whether calls that come at the same time are run together: it
            pays if rows are answered together, and none makes others fail.
        in_stock: Whether each item can be bought, bool [items]; None if all
            can.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If it does not pass `bless`.
    """
    functions = servable.signatures()
    signatures = {name: _signature(one) for name, one in functions.items()}

    def save(path: str) -> None:
        tf.saved_model.save(servable, path, signatures=functions)
        write_warm_up(path, model, examples)
        if batched:
            write_batching(path)
        if in_stock is not None and not in_stock.all():
            write_availability(path, in_stock)

    version = publisher.publish(
        save,
        {"model": model, "made_by": provenance(), **metadata},
        check=lambda path: bless(path, examples, signatures),
    )
    print(
        f"published {version}; next: python -m serving.local_server "
        f"--model {model}={version.rpartition('/')[0]}"
    )
    return version


def describe_run(run: Run[Any]) -> dict[str, Any]:
    """Returns what says which weights were published, as JSON has it."""
    folder = paths.join(run.run_dir, checkpoints.BEST)
    best = tf.train.latest_checkpoint(folder) or ""
    described: dict[str, Any] = json.loads(
        json.dumps(
            {**dataclasses.asdict(run), "checkpoint": best.rpartition("/")[2]}
        )
    )
    return described


def _signature(function: Any) -> tuple[Specs, Specs]:
    """Returns what a concrete function takes and returns."""
    inputs = tf.nest.flatten(function.structured_input_signature)
    return (
        _specs({spec.name: spec for spec in inputs}),
        _specs(function.structured_outputs),
    )


def _specs(tensors: Mapping[str, Any]) -> Specs:
    return {
        name: (
            tensor.dtype.name,
            [-1 if size is None else size for size in tensor.shape],
        )
        for name, tensor in tensors.items()
    }
