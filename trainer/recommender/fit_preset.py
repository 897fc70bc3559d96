"""Fits a preset to the size of a data set, and chooses one for `auto`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from atelier.schema.manifest import Manifest
from trainer.recommender.presets import AUTO
from trainer.recommender.presets import PRESETS

MIN_STEPS = 500
"""Minimum number of training steps.

On the generated small shop of docs/results.md, eight epochs of `hybrid` are 24
steps, and lose to popularity.
"""
_MIN_BATCH_SIZE = 64
_MIN_STEPS_PER_EPOCH = 16
"""Fewer steps between two validations would write checkpoints in vain."""
_MIN_PATIENCE = 3
_BASE, _FROM_SCRATCH = "hybrid", "laptop"
_FITTED = (AUTO, _BASE, _FROM_SCRATCH)
"""Presets that are fitted; the paper's settings stay as they were published."""
_PRETRAINED = ("efficientnet_lite0",)

_logger = logging.getLogger(__name__)


def fit_preset(
    preset: str, given: Mapping[str, Any], manifest: Manifest
) -> dict[str, Any]:
    """Returns the values of a preset, fitted to a data set.

    Few interactions get smaller batches and more epochs, so that there are
    enough steps, and training stops early. `auto` trains on top of the frozen
    pretrained network, or a given network from scratch if it has no weights.

    Args:
        preset: Name of the preset.
        given: Values that override those of the preset.
        manifest: Manifest of the data set.
    """
    if preset not in _FITTED:
        return dict(PRESETS[preset])
    backbone = given.get("backbone", _PRETRAINED[0])
    chosen = preset
    if preset == AUTO:
        has_weights = backbone in _PRETRAINED or given.get("weights")
        chosen = _BASE if has_weights else _FROM_SCRATCH
    values = {**PRESETS[chosen], **_schedule(PRESETS[chosen], given, manifest)}
    if preset == AUTO:
        counts = manifest.counts
        config = {**values, **given}
        _logger.info(
            f"--preset auto chose {chosen}, "
            + (
                f"{backbone} frozen"
                if chosen == _BASE
                else f"{backbone} from scratch, which has no pretrained weights"
            )
            + f", batches of {config['batch_size']} and at most "
            f"{config['epochs']} epochs (at least {MIN_STEPS} steps; patience "
            f"{config['early_stopping_patience']}), for {counts['users']:,} "
            f"users, {counts['items']:,} items with images of "
            f"{manifest.image_size} pixels and {counts['train']:,} training "
            "interactions, on any device"
        )
    return values


def _schedule(
    values: Mapping[str, Any], given: Mapping[str, Any], manifest: Manifest
) -> dict[str, Any]:
    """Returns the batch size, the number of epochs and the patience."""
    num_interactions = manifest.counts["train"]
    batch_size = num_interactions // _MIN_STEPS_PER_EPOCH
    batch_size = 1 << max(batch_size, 1).bit_length() - 1  # A power of two.
    batch_size = min(max(batch_size, _MIN_BATCH_SIZE), values["batch_size"])
    steps = num_interactions // max(1, given.get("batch_size", batch_size))
    epochs = max(math.ceil(MIN_STEPS / max(1, steps)), values["epochs"])
    return {
        "batch_size": batch_size,
        "epochs": epochs,
        "early_stopping_patience": max(_MIN_PATIENCE, epochs // 4),
    }
