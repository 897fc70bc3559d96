"""Fits a preset to the size of a data set, and chooses one for `auto`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from atelier.schema.manifest import Manifest
from trainer.recommender.choose_input import STREAM
from trainer.recommender.presets import AUTO
from trainer.recommender.presets import NO_IMAGE
from trainer.recommender.presets import PRESETS

MIN_STEPS = 500
"""Minimum number of training steps that a preset allows.

On the small shop of docs/results.md the validation AUC was best after 96 steps
of `hybrid`, on its dense data it still rose after 500; eight epochs of 1,590
interactions would be 24 steps. Early stopping ends what is not needed.
"""
_MIN_BATCH_SIZE = 64
_MIN_STEPS_PER_EPOCH = 16
"""Fewer steps between two validations would write checkpoints in vain."""
_MIN_PATIENCE = 3
_LONG_HISTORY = 20
"""Mean number of interactions per user from which `auto` leaves EASE out.

The scores of EASE grow with the history: on the dense data of docs/results.md
(58 interactions per user) the validation NDCG is 0.299 without and 0.224 with
it; H&M (6) and the small shop (4) gain from it.
"""
_BASE, _CONTENT, _FROM_SCRATCH = "hybrid", "content", "laptop"
_PAPER = "dvbpr"
"""Preset that is not fitted: its settings stay as they were published."""
_PRETRAINED = PRESETS[_BASE]["backbone"]
"""Built-in network with pretrained weights."""

_logger = logging.getLogger(__name__)


def fit_preset(
    preset: str, given: Mapping[str, Any], manifest: Manifest
) -> dict[str, Any]:
    """Returns the values of a preset, fitted to a data set.

    Few interactions get smaller batches, with a learning rate that follows
    their square root, and more epochs, so that there are enough steps; training
    stops early. On the small shop of docs/results.md the validation AUC is
    0.784 with a rate of 1e-3 for batches of 64, 0.778 with 3e-3. `auto` trains
    on top of the frozen pretrained network, with attributes and text if half of
    the items have a text, or a given network without pretrained weights from
    scratch; all of the network, and nothing else, on a stream of triples.

    Args:
        preset: Name of the preset.
        given: Values that override those of the preset.
        manifest: Manifest of the data set.
    """
    if preset == _PAPER:
        return dict(PRESETS[preset])
    chosen = preset
    if preset == AUTO:
        backbone = given.get("backbone", _PRETRAINED)
        is_ready = backbone in (_PRETRAINED, NO_IMAGE) or given.get("weights")
        counts = manifest.counts
        has_text = 2 * counts.get("items_with_text", 0) >= counts["items"]
        chosen = _CONTENT if has_text else _BASE
        streams = given.get("input") == STREAM
        if streams or not is_ready:
            chosen = _FROM_SCRATCH
    values = {**PRESETS[chosen], **_schedule(PRESETS[chosen], given, manifest)}
    if preset == AUTO:
        if counts["train"] < counts["items"]:
            values["item_embeddings"] = False
        if counts["train"] >= _LONG_HISTORY * counts["users"]:
            values["ease_weight"] = 0.0
        _logger.info(_choice(chosen, {**values, **given}, manifest))
    return values


def _choice(chosen: str, values: Mapping[str, Any], manifest: Manifest) -> str:
    """Returns what `auto` chose and why, in one line."""
    counts = manifest.counts
    parts = [
        chosen,
        _backbone(values, chosen == _FROM_SCRATCH),
        *["attributes and text"] * (chosen == _CONTENT),
        *["no item embeddings"] * (not values.get("item_embeddings")),
        *["no EASE"] * (not values.get("ease_weight")),
        f"batches of {values['batch_size']}",
        f"at most {values['epochs']} epochs",
        f"early stopping after {values['early_stopping_patience']}",
    ]
    return (
        f"--preset auto chose {', '.join(parts)}, for {counts['users']:,} "
        f"users, {counts['items']:,} items with images of "
        f"{manifest.image_size} pixels and {counts['train']:,} training "
        "interactions"
    )


def _backbone(values: Mapping[str, Any], from_scratch: bool) -> str:
    """Returns how the network of the images is trained."""
    name = values["backbone"]
    if name == NO_IMAGE:
        return "no images"
    if values.get("input") == STREAM:
        return f"{name} on a stream of triples"
    if from_scratch:
        return f"{name} from scratch, because it has no pretrained weights"
    return f"{name} frozen with pretrained weights"


def _schedule(
    values: Mapping[str, Any], given: Mapping[str, Any], manifest: Manifest
) -> dict[str, Any]:
    """Returns the batch size with its rate, the epochs and the patience."""
    num_interactions = manifest.counts["train"]
    batch_size = num_interactions // _MIN_STEPS_PER_EPOCH
    batch_size = 1 << max(batch_size, 1).bit_length() - 1  # A power of two.
    batch_size = min(max(batch_size, _MIN_BATCH_SIZE), values["batch_size"])
    steps = num_interactions // max(1, given.get("batch_size", batch_size))
    epochs = max(math.ceil(MIN_STEPS / max(1, steps)), values["epochs"])
    # Noise of the gradient and rate of Adam: Malladi et al. 2022, section 3.
    scale = math.sqrt(batch_size / values["batch_size"])
    return {
        "batch_size": batch_size,
        "learning_rate": values["learning_rate"] * scale,
        "epochs": epochs,
        "early_stopping_patience": max(_MIN_PATIENCE, epochs // 4),
    }
