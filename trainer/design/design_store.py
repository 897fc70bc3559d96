"""Store of composed designs for all users, made ahead of their requests.

The store has to hold a good design for everyone. The centers of k-means
clusters of the user vectors stand for the users, those of the largest clusters
first. In each category they take turns; each keeps the design that it scores
highest among the candidates left. Candidates are pairs of the best cuts and
cloths of each center, twice as many as are kept, but at most 40 of a center.
With a generator of cuts, half of the designs of a category that it draws have
drawn cuts.
"""

import dataclasses
import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image
from sklearn.cluster import MiniBatchKMeans
from tqdm import tqdm

from atelier.io.errors import UserError
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_search import MAX_CUTS
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import Composed
from trainer.design.composed_search import ComposedSearch
from trainer.design.composed_search import Parts
from trainer.design.composed_search import join
from trainer.design.design_set import NEAREST
from trainer.design.design_set import OF_CATEGORY
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.color_name import color_name
from trainer.models.composition.color_name import to_hex
from trainer.models.composition.cut import Cut

_CENTERS = 8
_CANDIDATES = 2


@dataclasses.dataclass(frozen=True, eq=False)
class DesignStore:
    """Composed designs of all categories.

    Attributes:
        categories: Names of the categories, each with at least one design.
        category: Index of the category of each design, int32 [n].
        png_files: Images, PNG files, bytes [n].
        embeddings: Image embeddings Phi, float32 [n, K].
        cut_items: Item index of each cut, `NO_ITEM` for a drawn one, int64 [n].
        cloth_items: Item index of each cloth, int64 [n].
        colors: Main color of each cloth as #rrggbb, string [n].
        color_names: Name of each main color, string [n].
        nearest_items: Item indices with the highest cosines of embeddings,
            those of the category first, int64 [n, 5].
        novelty: Distance to the nearest item of the category, 1 minus the
            highest cosine of embeddings, float32 [n] (distance-based novelty,
            Vargas and Castells, RecSys 2011, by the minimum distance).

    Example:
        store = make_store(ComposedContext.load(ensemble), num_designs=200)
        best = np.argmax(store.embeddings @ user_vector)
    """

    categories: list[str]
    category: np.ndarray
    png_files: list[bytes]
    embeddings: np.ndarray
    cut_items: np.ndarray
    cloth_items: np.ndarray
    colors: list[str]
    color_names: list[str]
    nearest_items: np.ndarray
    novelty: np.ndarray


def make_store(context: ComposedContext, num_designs: int) -> DesignStore:
    """Composes designs of all categories.

    Args:
        context: Recommenders and garments.
        num_designs: Number of designs of all categories together, in equal
            parts, at least one each; fewer where a category has no usable cuts
            or not as many candidates.

    Raises:
        UserError: If no design can be composed of the garments.
    """
    centers = user_centers(context.ensemble.user_vectors)
    scores = context.ensemble.embeddings @ centers.T
    cloths = [
        context.search.best_cloths(np.argsort(-column, kind="stable"))
        for column in scores.T
    ]
    # A request cannot name the category of items that have none.
    names = sorted({*context.categories.tolist()} - {""}) or [""]
    count = max(1, num_designs // len(names))
    designs = {}
    for name in tqdm(names, "composing designs", leave=False, disable=None):
        items = np.flatnonzero(context.categories == name)
        pairs = candidates(context.search, items, scores, cloths, count)
        drawn = drawn_candidates(context, name, centers, cloths, count)
        num_drawn = count // 2 if drawn else 0
        kept = [
            best_in_turn(context.search.composed(some), centers, number)
            for some, number in ((pairs, count - num_drawn), (drawn, num_drawn))
            if some and number
        ]
        if kept:
            designs[name] = join(kept)
    if not designs:
        raise UserError(
            f"no item of {context.run.data_dir} can be put into another cloth: "
            "their masks are torn, or they have prints; export a GAN without "
            "composed designs"
        )
    return _join(context, designs)


def user_centers(user_vectors: np.ndarray) -> np.ndarray:
    """Returns the centers of clusters of users, the largest cluster first.

    Args:
        user_vectors: User vectors theta, float32 [users, K].

    Returns:
        Centers, float32 [m, K], at most 8.
    """
    clusters = MiniBatchKMeans(
        min(_CENTERS, len(user_vectors)), n_init=1, random_state=0
    ).fit(user_vectors)
    centers: np.ndarray = clusters.cluster_centers_.astype(np.float32)
    sizes = np.bincount(clusters.labels_, minlength=len(centers))
    return centers[np.argsort(-sizes, kind="stable")]


def candidates(
    search: ComposedSearch,
    items: np.ndarray,
    scores: np.ndarray,
    cloths: Sequence[Sequence[tuple[int, Cloth]]],
    count: int,
) -> list[Parts]:
    """Returns the best pairs of a cut and a cloth of each center, once each.

    Args:
        search: Search over the garments.
        items: Items of the category of the cuts, int64 [n].
        scores: Scores of all items by the centers, float32 [items, m].
        cloths: Cloths with their items for each center, the best first.
        count: Number of designs to keep of the category.
    """
    num_centers, per_center = _shares(count, scores.shape[1])
    cuts = []
    for center in range(num_centers):
        order = np.argsort(-scores[items, center], kind="stable")
        # A cut takes longer to make than a design.
        best = search.best_cuts(items[order], min(MAX_CUTS, per_center))
        if not best:
            # A center tries dozens of items; another one would find few.
            break
        cuts.append(best)
    return _pairs(search, cuts, cloths, per_center)


def drawn_candidates(
    context: ComposedContext,
    name: str,
    centers: np.ndarray,
    cloths: Sequence[Sequence[tuple[int, Cloth]]],
    count: int,
) -> list[Parts]:
    """Returns the best pairs of a drawn cut and a cloth of each center.

    Args:
        context: Recommenders, garments and drawn cuts, if any.
        name: Name of the category.
        centers: User vectors theta, float32 [m, K].
        cloths: Cloths with their items for each center, the best first.
        count: Number of designs to keep of the category.
    """
    if not context.drawn:
        return []
    num_centers, per_center = _shares(count, len(centers))
    limit = min(MAX_CUTS, per_center)
    cuts = [
        context.drawn.best(name, center, limit)
        for center in centers[:num_centers]
    ]
    return _pairs(context.search, cuts, cloths, per_center)


def _shares(count: int, num_centers: int) -> tuple[int, int]:
    """Returns the number of centers, and of candidates of each."""
    used = min(count, num_centers)
    return used, math.ceil(_CANDIDATES * count / used)


def _pairs(
    search: ComposedSearch,
    cuts: Sequence[Sequence[tuple[int, Cut]]],
    cloths: Sequence[Sequence[tuple[int, Cloth]]],
    per_center: int,
) -> list[Parts]:
    """Returns the pairs of the best cuts and cloths of each center, once."""
    pairs: dict[tuple[int, int], Parts] = {}
    for of_center, cloths_of_center in zip(cuts, cloths, strict=False):
        for parts in search.pairs(of_center, cloths_of_center)[:per_center]:
            pairs.setdefault((parts.cut_item, parts.cloth_item), parts)
    return list(pairs.values())


def best_in_turn(
    designs: Composed, centers: np.ndarray, count: int
) -> Composed:
    """Lets each center in turn keep the best design that is left.

    Args:
        designs: Candidates.
        centers: User vectors theta, float32 [m, K].
        count: Maximum number of designs to keep.
    """
    scores = designs.embeddings @ centers.T
    kept: list[int] = []
    for turn in range(min(count, len(scores))):
        kept.append(int(np.argmax(scores[:, turn % len(centers)])))
        scores[kept[-1]] = -np.inf
    return Composed(
        designs.images[kept],
        designs.embeddings[kept],
        [designs.parts[row] for row in kept],
    )


def _join(
    context: ComposedContext, designs: dict[str, Composed]
) -> DesignStore:
    """Joins the designs of the categories."""
    sizes = [len(one.parts) for one in designs.values()]
    parts = [part for one in designs.values() for part in one.parts]
    nearest, novelty = zip(
        *(
            _nearest(context, name, one.embeddings)
            for name, one in designs.items()
        ),
        strict=True,
    )
    return DesignStore(
        list(designs),
        np.repeat(np.arange(len(designs), dtype=np.int32), sizes),
        [_png(image) for one in designs.values() for image in one.images],
        np.concatenate([one.embeddings for one in designs.values()]),
        # Drawn cuts have numbers of their own, below 0.
        np.array([max(part.cut_item, NO_ITEM) for part in parts], np.int64),
        np.array([part.cloth_item for part in parts], np.int64),
        [to_hex(part.cloth.color) for part in parts],
        [color_name(part.cloth.color) for part in parts],
        np.concatenate(nearest),
        np.concatenate(novelty),
    )


def _nearest(
    context: ComposedContext, name: str, embeddings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the nearest items of designs of a category, and their novelty.

    Args:
        context: Recommenders and garments.
        name: Name of the category.
        embeddings: Image embeddings Phi of the designs, float32 [n, K].

    Returns:
        Item indices, int64 [n, 5], and novelty, float32 [n]; see `DesignStore`.
    """
    cosines = _unit(embeddings) @ _unit(context.ensemble.embeddings).T
    of_category = context.categories == name
    novelty = 1.0 - cosines[:, of_category].max(axis=1)
    cosines += OF_CATEGORY * of_category
    order = np.argsort(-cosines, axis=1, kind="stable")
    return order[:, :NEAREST].astype(np.int64), novelty.astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))


def _png(image: np.ndarray) -> bytes:
    """Encodes an RGB image, float32 [size, size, 3] in [-1, 1]."""
    pixels = np.clip(np.round(image * 127.5 + 127.5), 0, 255)
    encoded = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()
