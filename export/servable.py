"""From a servable to a version that TF Serving may serve."""

from collections.abc import Sequence
from typing import Any
from typing import Protocol

import tensorflow as tf

from export.batching import write_batching
from export.blessing import bless
from export.example import Example
from export.publish import publish
from export.warm_up import write_warm_up


class Servable(Protocol):
    """A `tf.Module` that has signatures."""

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""


def publish_servable(
    model: str,
    servable: Servable,
    examples: Sequence[Example],
    model_dir: str,
    metadata: dict[str, Any],
    *,
    batched: bool,
) -> str:
    """Publishes a servable, if its answers are those of the trainer.

    Args:
        model: Its name in TF Serving.
        servable: What is published.
        examples: Requests of every signature: they warm a version up, and must
            be answered.
        model_dir: Folder of all versions.
        metadata: What made this version.
        batched: Whether calls that come at the same time are run together: it
            pays if rows are answered together, and none makes others fail.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If it does not pass `bless`.
    """
    signatures = servable.signatures()

    def save(path: str) -> None:
        tf.saved_model.save(servable, path, signatures=signatures)
        write_warm_up(path, model, examples)
        if batched:
            write_batching(path)

    version = publish(
        model_dir,
        save,
        {"model": model, **metadata},
        check=lambda path: bless(path, examples, list(signatures)),
    )
    print(
        f"published {version}; next: python -m serving.server "
        f"--model {model}={model_dir}"
    )
    return version
