"""Saves, validates and publishes a servable as a version for TF Serving."""

import dataclasses
import json
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import numpy as np
import tensorflow as tf

from export.availability.availability_variables import write_availability
from export.availability.boost_variables import write_boosts
from export.index.boosts import Boost
from export.publishing.batching_config import write_batching
from export.publishing.blessing import bless
from export.publishing.golden_request import Example
from export.publishing.probe_servable import Specs
from export.publishing.publisher import Publisher
from export.publishing.write_warmup import write_warm_up
from trainer.training.checkpoints import best_checkpoint
from trainer.training.provenance import provenance
from trainer.training.run import Run


class Servable(Protocol):
    """A `tf.Module` with serving signatures."""

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""


def publish_servable(
    publisher: Publisher,
    model: str,
    servable: Servable,
    examples: Sequence[Example],
    metadata: dict[str, Any],
    write_catalog: Callable[[str], None],
    *,
    batched: bool = False,
    in_stock: np.ndarray | None = None,
    boosts: Mapping[str, Boost] | None = None,
) -> str:
    """Publishes a servable if its results match those of the trainer.

    Args:
        publisher: Publisher of the model.
        model: Model name in TF Serving.
        servable: Servable to publish.
        examples: Golden requests of all signatures, also used for warm-up.
        metadata: Metadata on the origin of the version.
        write_catalog: Function that writes the catalog folder of a version into
            its folder.
        batched: Whether TF Serving batches concurrent calls, for trusted
            callers; see `batching_config`.
        in_stock: Availability of each item, bool [items]; None if all are
            available.
        boosts: Boosts by item id; none if None.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the version does not pass `bless`.
    """
    functions = servable.signatures()
    signatures = {name: _signature(one) for name, one in functions.items()}

    def save(path: str) -> None:
        tf.saved_model.save(servable, path, signatures=functions)
        write_warm_up(path, model, examples)
        write_catalog(path)
        if batched:
            write_batching(path)
        if in_stock is not None and not in_stock.all():
            write_availability(path, in_stock)
        if boosts:
            write_boosts(path, boosts)

    return publisher.publish(
        save,
        {"model": model, "made_by": provenance(), **metadata},
        check=lambda path: bless(path, examples, signatures),
    )


def describe_run(run: Run[Any]) -> dict[str, Any]:
    """Returns the JSON fields that identify a run and its best checkpoint.

    Args:
        run: Trained run.
    """
    best = best_checkpoint(run.run_dir) or ""
    described: dict[str, Any] = json.loads(
        json.dumps(
            {**dataclasses.asdict(run), "checkpoint": best.rpartition("/")[2]}
        )
    )
    return described


def _signature(function: Any) -> tuple[Specs, Specs]:
    """Returns the input and output specs of a concrete function."""
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
