"""Several servables in one SavedModel."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class ServableGroup(tf.Module):
    """Servables whose signatures make up one model.

    Args:
        servables: Servables without a common signature.

    Example:
        group = ServableGroup([generated, composed])
        tf.saved_model.save(group, "designer/1", group.signatures())
    """

    def __init__(self, servables: Sequence[Any]) -> None:
        super().__init__()
        self._servables = list(servables)

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""
        return {
            name: function
            for servable in self._servables
            for name, function in servable.signatures().items()
        }
