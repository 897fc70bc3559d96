"""Composed designs of a category for one user, with the nearest items."""

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.io.errors import UserError
from trainer.design.catalog_context import CatalogContext
from trainer.design.category_items import CategoryItems
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import Composed
from trainer.design.composed_search import ComposedSearch
from trainer.design.composed_search import Parts
from trainer.design.composed_search import join
from trainer.design.design_set import NEAREST
from trainer.design.design_set import ComposedDesigns
from trainer.design.design_set import DesignSet
from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.drawn_cuts import DrawnCuts
from trainer.design.ensemble import Ensemble
from trainer.design.garments import Garments
from trainer.design.latent_optimizer import pair
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.select_diverse import choose
from trainer.gan.cut_generator_file import load_cut_generator
from trainer.metrics.generative.nearest_neighbor import nearest_photos
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.color_name import color_name
from trainer.models.composition.color_name import to_hex


@dataclasses.dataclass(frozen=True)
class ComposedContext(CatalogContext):
    """Recommenders, and the garments of their catalog.

    Attributes:
        search: Search over the garments.
        drawn: Drawn cuts, None without a generator.

    Example:
        context = ComposedContext.load(Ensemble.load(["runs/recommender"]))
        user_vector = context.user_vector(context.user("204"))
        dresses = composed_designs(context, "Dress", user_vector, count=8)
    """

    search: ComposedSearch
    drawn: DrawnCuts | None = None

    @classmethod
    def load(
        cls, ensemble: Ensemble, cut_generator: str = ""
    ) -> "ComposedContext":
        """Loads the masks of the catalog of an ensemble.

        Args:
            ensemble: The recommenders.
            cut_generator: File of a generator of cuts, "" for none.

        Raises:
            UserError: If the data set has no masks, or the generator is not
                readable or draws no category of the data set.
        """
        run = ensemble.runs[0]
        garments = Garments.load(run.data_dir, ensemble.photos)
        preference = ensemble.preference(run.image_size)
        search = ComposedSearch(garments, preference)
        drawn = (
            DrawnCuts(load_cut_generator(cut_generator), preference)
            if cut_generator
            else None
        )
        context = cls(ensemble, search, drawn)
        if drawn and not {*drawn.categories} & {*context.categories}:
            raise UserError(
                f"{cut_generator} draws {', '.join(drawn.categories)}, but "
                f"{run.data_dir} has no item of these categories; train "
                "`gan --preset cuts` on this data"
            )
        return context

    def favorite_category(self, items: np.ndarray) -> str:
        """Returns the most frequent category of items, "" if none has one.

        Args:
            items: Item indices, int64 [n].
        """
        counts = collections.Counter(filter(None, self.categories[items]))
        return str(max(counts, key=lambda name: counts[name], default=""))

    @property
    def category_names(self) -> list[str]:
        """Names of the categories of at least two items."""
        names, counts = np.unique(self.categories, return_counts=True)
        return [str(name) for name in names[counts > 1] if name]

    def category_items(self, name: str) -> CategoryItems:
        """Returns the catalog items of a category.

        Args:
            name: Name of the category.

        Raises:
            UserError: If the data set has fewer than two of its items.
        """
        items = np.flatnonzero(self.categories == name)
        if len(items) < 2:
            names = ", ".join(self.category_names)
            raise UserError(
                f"category {name!r} has {len(items)} items in "
                f"{self.run.data_dir}, but at least 2 are required; use one of "
                f"{names}"
            )
        return CategoryItems(
            name,
            int(np.unique(self.categories).searchsorted(name)),
            items,
            self.ensemble.photos,
            self.search.preference,
            LEAST_SQUARES,
        )

    def standing(
        self, category_items: CategoryItems, user_vector: np.ndarray
    ) -> ScoreDistribution:
        """Returns the distribution of a user's scores over a category.

        Args:
            category_items: Catalog items of the category.
            user_vector: User vector theta, float32 [K].
        """
        return ScoreDistribution(
            self.ensemble.embeddings[category_items.items] @ user_vector
        )


def composed_designs(
    context: ComposedContext,
    category: str,
    user_vector: np.ndarray,
    *,
    count: int,
    choice: str = "diverse",
    seed: int = 0,
    exclude: np.ndarray | None = None,
) -> DesignSet:
    """Composes and selects designs for a user.

    Args:
        context: Recommenders and garments.
        category: Category of the cuts; cloths are of any category.
        user_vector: User vector theta, float32 [K].
        count: Maximum number of designs with cuts of items, and of those with
            drawn cuts, which come last.
        choice: Selection method, one of `search_config.METHODS`.
        seed: Random seed of the selection.
        exclude: Indices of items that are no part of a design, int64 [n].

    Raises:
        UserError: If no design can be composed of the garments.
    """
    category_items = context.category_items(category)
    standing = context.standing(category_items, user_vector)
    excluded = () if exclude is None else exclude
    chosen = [
        _choose(candidates, standing, user_vector, choice, count, seed)
        for candidates in _candidates(
            context, category_items, user_vector, excluded
        )
    ]
    designs = join(chosen)
    distances, nearest = nearest_photos(
        designs.embeddings,
        context.ensemble.embeddings[category_items.items],
        NEAREST,
    )
    return DesignSet(
        category_items,
        standing,
        ComposedDesigns(designs.images, designs.embeddings @ user_vector),
        [describe_parts(context, parts) for parts in designs.parts],
        nearest,
        distances,
    )


def _choose(
    candidates: Composed,
    standing: ScoreDistribution,
    user_vector: np.ndarray,
    choice: str,
    count: int,
    seed: int,
) -> Composed:
    """Selects designs, the highest score first; see `composed_designs`."""
    preferences = candidates.embeddings @ user_vector
    chosen = choose(
        choice,
        standing.z_score(preferences).astype(np.float32),
        candidates.embeddings,
        min(count, len(preferences)),
        pair(seed, 1),
    ).numpy()
    chosen = chosen[np.argsort(-preferences[chosen], kind="stable")]
    return Composed(
        candidates.images[chosen],
        candidates.embeddings[chosen],
        [candidates.parts[row] for row in chosen],
    )


def _candidates(
    context: ComposedContext,
    category_items: CategoryItems,
    user_vector: np.ndarray,
    excluded: Sequence[int] | np.ndarray,
) -> list[Composed]:
    """Returns the candidates with cuts of items, and those with drawn cuts."""
    search, name = context.search, category_items.name
    scores = context.ensemble.embeddings @ user_vector
    best = np.argsort(-scores, kind="stable")
    best = best[~np.isin(best, excluded)]
    cloths = search.best_cloths(best)
    cuts = search.best_cuts(best[np.isin(best, category_items.items)])
    sources = [cuts]
    if context.drawn:
        sources.append(context.drawn.best(name, user_vector))
    found = [search.find(user_vector, one, cloths) for one in sources]
    candidates = [one for one in found if one is not None]
    if not candidates:
        raise UserError(
            f"none of the items of category {category_items.name!r} in "
            f"{context.run.data_dir} that the user scores highest can be put "
            "into another cloth: their masks are torn, or they have prints; "
            "leave the category out, or use --source gan of `design`"
        )
    return candidates


def describe_parts(context: CatalogContext, parts: Parts) -> dict[str, Any]:
    """Returns the parts of a design as fields of the JSON file.

    Args:
        context: Catalog of the items.
        parts: Parts of the design.
    """
    item_ids = context.trained.interactions.item_ids
    return {
        "cut_item_id": "" if parts.cut_item < 0 else item_ids[parts.cut_item],
        **describe_cloth(context, parts.cloth, parts.cloth_item),
    }


def describe_cloth(
    context: CatalogContext, cloth: Cloth, item: int
) -> dict[str, Any]:
    """Returns the cloth of a design as fields of the JSON file.

    Args:
        context: Catalog of the items.
        cloth: The cloth.
        item: Item index of the cloth, `NO_ITEM` for a free color.
    """
    item_ids = context.trained.interactions.item_ids
    return {
        "cloth_item_id": "" if item == NO_ITEM else item_ids[item],
        "pattern": cloth.patterned,
        "color": to_hex(cloth.color),
        "color_name": color_name(cloth.color),
    }
