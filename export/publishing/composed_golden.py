"""Golden requests of the designer's signature `compose`."""

from collections.abc import Iterable

import numpy as np

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import SIGNATURES
from export.publishing.golden_request import Example
from export.publishing.golden_request import golden_inputs
from export.servables.png import pixels_of
from trainer.design.composed_search import NO_ITEM
from trainer.design.design_store import DesignStore
from trainer.design.ensemble import Ensemble


def composed_examples(ensemble: Ensemble, store: DesignStore) -> list[Example]:
    """Returns the requests of two designs of the first user and category.

    The best design at boldness 0 has the highest preference, at 1 the highest
    novelty.

    Args:
        ensemble: Recommenders of the servable.
        store: Composed designs of the servable.
    """
    preferences = store.embeddings @ ensemble.user_vectors[0]
    return [
        _example(ensemble, store, preferences, boldness, order)
        for boldness, order in ((0.0, preferences), (1.0, store.novelty))
    ]


def _example(
    ensemble: Ensemble,
    store: DesignStore,
    preferences: np.ndarray,
    boldness: float,
    order: np.ndarray,
) -> Example:
    """Returns the request of the design of the highest value of `order`."""
    interactions = ensemble.trained[0].interactions
    row = int(np.argmax(np.where(store.category == 0, order, -np.inf)))

    def texts(values: Iterable[str]) -> np.ndarray:
        return np.array([value.encode() for value in values], object)

    def ids(item_indices: np.ndarray) -> np.ndarray:
        return texts(
            "" if index == NO_ITEM else interactions.item_ids[index]
            for index in item_indices
        )

    return Example(
        "compose",
        golden_inputs(
            SIGNATURES[DESIGNER]["compose"],
            {
                "user_id": interactions.user_ids[0],
                "category": store.categories[0],
                "boldness": boldness,
            },
        ),
        {
            "image_bytes": pixels_of(np.array([store.png_files[row]], object)),
            "preference": preferences[row : row + 1],
            "cut_item_id": ids(store.cut_items[row : row + 1]),
            "cloth_item_id": ids(store.cloth_items[row : row + 1]),
            "color": texts(store.colors[row : row + 1]),
            "color_name": texts(store.color_names[row : row + 1]),
            "nearest_item_ids": ids(store.nearest_items[row])[None],
            "known_user": np.array([True]),
        },
    )
