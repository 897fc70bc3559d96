"""Publishes a designer as a new version."""

import dataclasses
import logging
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any
from typing import NamedTuple

import numpy as np

from atelier.io.errors import UserError
from atelier.schema.catalog_files import FORMAT_VERSION
from atelier.segmentation.garment_cutter import GarmentCutter
from export.publishing.catalog_files import write_summary
from export.publishing.composed_golden import composed_examples
from export.publishing.designer_golden import designer_examples
from export.publishing.golden_request import Example
from export.publishing.publish_servable import Servable
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import publishing
from export.publishing.recolored_golden import recolored_examples
from export.publishing.version import check_model_dir
from export.servables.compose_signature import ComposedServable
from export.servables.designer import DesignerServable
from export.servables.id_lookup import IdLookup
from export.servables.recolor_signature import RecolorServable
from export.servables.servable_group import ServableGroup
from export.servables.user_table import UserTable
from trainer.design.catalog_cloths import catalog_cloths
from trainer.design.catalog_cloths import describe_cloths
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_search import NO_ITEM
from trainer.design.design_context import DesignContext
from trainer.design.design_store import make_store
from trainer.design.ensemble import Ensemble
from trainer.design.gan_quality import not_fit_to_show
from trainer.design.garments import has_masks
from trainer.design.search_config import NUM_COMPOSED
from trainer.design.search_config import SearchConfig
from trainer.gan.trained_gan import TrainedGan
from trainer.gan.trained_gan import load_trained_gan
from trainer.models.composition.cloth import Cloth
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run

MODEL = "designer"

_logger = logging.getLogger(__name__)


class _Part(NamedTuple):
    """Servable of some signatures, with their requests and metadata.

    Attributes:
        servable: The servable.
        examples: Golden requests of its signatures.
        metadata: Metadata on its origin.
        categories: Categories of the designs, by signature.
        summary: Further JSON fields of `catalog.json`.
    """

    servable: Servable
    examples: list[Example]
    metadata: dict[str, Any]
    categories: dict[str, list[str]]
    summary: Mapping[str, Any] = MappingProxyType({})


def export_designer(
    run_dirs: Sequence[str],
    gan_run_dir: str,
    model_dir: str,
    search: SearchConfig,
    keep: int | None = None,
    data_dirs: Sequence[str] = (),
    num_composed: int = NUM_COMPOSED,
    cut_generator: str = "",
) -> str:
    """Publishes designs for the users of recommenders.

    Args:
        run_dirs: Run folders of the recommenders.
        gan_run_dir: Run folder of the GAN that generates designs; "" for none.
        model_dir: Folder of all versions.
        search: Options of the search for a design of the GAN.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        data_dirs: Folders of the data sets of the runs, for `Run.load`.
        num_composed: Number of composed designs; 0 for none.
        cut_generator: File of a generator of cuts; "" for none.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If one of the runs is not trained, the recommenders are not
            an ensemble, their data lack a category of the GAN or masks, or the
            version does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dirs[0], RecommenderConfig, data_dirs)
    if not _can_compose(run.data_dir, num_composed, bool(gan_run_dir)):
        num_composed = 0
        if cut_generator:
            raise UserError(
                f"{cut_generator} is for composed designs, and there are none; "
                "leave it out"
            )
    gan = load_trained_gan(gan_run_dir) if gan_run_dir else None
    ensemble = Ensemble.load(run_dirs, data_dirs)
    parts = _parts(ensemble, gan, search, num_composed, cut_generator)
    metadata = {
        "run": describe_run(ensemble.runs[0]),
        "ensemble_runs": list(map(describe_run, ensemble.runs[1:])),
    }
    for part in parts:
        metadata |= part.metadata
    examples = [example for part in parts for example in part.examples]
    summary = _summarize(run.image_size, parts, examples)
    with publishing(model_dir, MODEL, keep) as publisher:
        return publish_servable(
            publisher,
            MODEL,
            ServableGroup([part.servable for part in parts]),
            examples,
            metadata,
            lambda path: write_summary(path, summary),
        )


def _summarize(
    image_size: int, parts: list[_Part], examples: list[Example]
) -> dict[str, Any]:
    """Returns the JSON fields of `catalog.json`.

    Args:
        image_size: Side of the images of the recommender, in pixels.
        parts: Parts of the designer.
        examples: Golden requests of all signatures.
    """
    categories: dict[str, list[str]] = {"compose": [], "design": []}
    further: dict[str, Any] = {"cloths": []}
    for part in parts:
        categories |= part.categories
        further |= part.summary
    return {
        "format_version": FORMAT_VERSION,
        "model": MODEL,
        "image_size": image_size,
        "signatures": sorted({example.signature for example in examples}),
        "categories": categories,
        **further,
    }


def _can_compose(data_dir: str, num_composed: int, has_gan: bool) -> bool:
    """Returns whether designs are composed.

    Args:
        data_dir: Folder of the data set.
        num_composed: Requested number of composed designs.
        has_gan: Whether a GAN generates designs.

    Raises:
        UserError: If there are no designs at all.
    """
    if num_composed and has_masks(data_dir):
        return True
    reason = (
        f"{data_dir} has no masks of the garments, which composed designs need "
        "(prepare --background white makes them)"
        if num_composed
        else "no composed designs are asked for"
    )
    if not has_gan:
        raise UserError(
            f"there is nothing to serve: {reason}, and there is no GAN; set "
            "gan_run_dir to the run of one"
        )
    _logger.info(f"the designer serves no `compose`: {reason}")
    return False


def _parts(
    ensemble: Ensemble,
    gan: TrainedGan | None,
    search: SearchConfig,
    num_composed: int,
    cut_generator: str,
) -> list[_Part]:
    """Returns the parts, which share users, items and the cutter."""
    interactions = ensemble.trained[0].interactions
    users = UserTable(interactions.user_ids, ensemble.user_vectors)
    items = IdLookup(interactions.item_ids, "items")
    cutter = GarmentCutter()
    parts = []
    if gan:
        context = DesignContext.combine(ensemble, gan, search)
        parts.append(_generated(context, users, items, cutter))
    if num_composed:
        composed = ComposedContext.load(ensemble, cut_generator)
        parts.append(_composed(composed, num_composed, users, items))
        if cloths := catalog_cloths(composed):
            parts.append(_recolored(composed, cloths, users, items, cutter))
    return parts


def _generated(
    context: DesignContext,
    users: UserTable,
    items: IdLookup,
    cutter: GarmentCutter,
) -> _Part:
    """Returns the signatures of the GAN."""
    names = context.gan.categories
    categories = [context.category_items(name) for name in names]
    return _Part(
        DesignerServable(context, categories, users, items, cutter),
        designer_examples(context, categories),
        {
            "gan_run": describe_run(context.gan.run),
            "search": dataclasses.asdict(context.designer.search),
        },
        {"design": names},
        {"gan_fit_to_show": not not_fit_to_show(context.gan)},
    )


def _composed(
    context: ComposedContext,
    num_designs: int,
    users: UserTable,
    items: IdLookup,
) -> _Part:
    """Returns the signature of the composed designs, which it makes."""
    store = make_store(context, num_designs)
    counts = Counter(store.categories[index] for index in store.category)
    return _Part(
        ComposedServable(store, users, items),
        composed_examples(context.ensemble, store),
        {
            "composed_designs": len(store.png_files),
            "drawn_cuts": int(np.sum(store.cut_items == NO_ITEM)),
        },
        {"compose": store.categories},
        {"num_designs": counts},
    )


def _recolored(
    context: ComposedContext,
    cloths: list[tuple[int, Cloth]],
    users: UserTable,
    items: IdLookup,
    cutter: GarmentCutter,
) -> _Part:
    """Returns the signature of photos in other cloths."""
    cloth_items = [item for item, _ in cloths]
    return _Part(
        RecolorServable(
            cloths,
            context.ensemble.embeddings[cloth_items],
            context.search.preference,
            users,
            items,
            cutter,
        ),
        recolored_examples(context, cloths),
        {"cloths": len(cloths)},
        categories={},
        summary={"cloths": describe_cloths(context, cloths)},
    )
