"""Publishes a trained recommender with other items."""

import logging
from collections.abc import Sequence

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from export.availability.availability_variables import read_availability
from export.publishing.publish_recommender import MODEL
from export.publishing.publish_recommender import publish_recommender
from export.publishing.publish_servable import describe_run
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import Version
from export.publishing.version import check_model_dir
from export.publishing.version import newest_version
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.refresh_items import load_with_items
from trainer.training.run import Run

_logger = logging.getLogger(__name__)
_PLACES = ("run_dir", "data_dir")
"""Fields of a run that may differ, because it may have been moved."""


def refresh_items(
    run_dir: str,
    data_dir: str,
    model_dir: str,
    options: RecommenderOptions,
    *,
    other_run: bool = False,
    data_dirs: Sequence[str] = (),
) -> str:
    """Publishes a trained run with the items of another data set.

    Args:
        run_dir: Folder of the run.
        data_dir: Folder of the other data set.
        model_dir: Folder of all versions.
        options: Options of the version.
        other_run: Whether the run may differ from the one that is served.
        data_dirs: Folders of data sets, one of which the run was trained on;
            for `Run.load`.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is missing, the
            images of the other data set are not prepared alike, the run is not
            the one that is served, no previous item is left, or the version
            does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dir, RecommenderConfig, data_dirs)
    served = newest_version(model_dir)
    if served and not other_run:
        _check_run(run, served)
    trained = load_with_items(run, data_dir)
    _compare_items(run, trained.interactions.item_ids, served)
    return publish_recommender(run, trained, data_dir, model_dir, options)


def _check_run(run: Run, served: Version) -> None:
    before = served.metadata.get("run", {})
    now = describe_run(run)
    for name in now.keys() - _PLACES:
        if before.get(name) != now[name]:
            raise UserError(
                f"{served.path} was published from another run than "
                f"{run.run_dir}: its {name} differs; publish that run with "
                "`export.task recommender`, or give --other_run"
            )


def _compare_items(
    run: Run, item_ids: list[str], served: Version | None
) -> None:
    """Logs the change of the catalog; rejects one with only new items."""
    before = set(read_availability(served.path)) if served else set()
    if not before:
        path = paths.vocabulary(run.data_dir, "items")
        before = set(read_vocabulary(path))
    kept = len(before & set(item_ids))
    if not kept:
        raise UserError(
            f"--data_dir holds none of the {len(before)} previous items, only "
            f"new ones such as {item_ids[0]!r}; check the path"
        )
    _logger.info(
        f"catalog: {kept} items kept, {len(item_ids) - kept} new, "
        f"{len(before) - kept} removed"
    )
