"""Flags of the commands that publish a version."""

import dataclasses
from typing import Any

from atelier.cli.commands import command_text
from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.schema.signatures import RECOMMENDER
from export.publishing.recommender_options import RecommenderOptions
from trainer.evaluation.verdict import NO_RIVAL
from trainer.evaluation.verdict import RIVALS
from trainer.training.run_flags import DataDirsOptions

MIN_RECALL = 0.95
"""Default minimum recall against exact search."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelDirOptions(Options):
    """Folder of a model."""

    model_dir: str = option(..., "folder that holds all versions of the model")


@dataclasses.dataclass(frozen=True, kw_only=True)
class QualityOptions(Options):
    """Options of the checks of a run before it is published."""

    better_than: str = option(
        RIVALS[0],
        "reject a model that is significantly worse than this baseline on the "
        "test items, by NDCG, or by AUC where that does not differ; a run that "
        "is not evaluated is evaluated first; none: no check",
        choices=(*RIVALS, NO_RIVAL),
    )
    min_auc: float = option(
        0.0,
        "reject a model whose AUC on the test items is lower (default: 0, no "
        "check)",
        parse=float,
    )
    max_drop: float = option(
        1.0,
        "reject a model whose AUC is lower than that of the version now "
        "published by more than this (default: 1, no check)",
        parse=float,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PublishOptions(ModelDirOptions):
    """Options of the commands that publish versions."""

    keep: int | None = option(
        None,
        "number of newest models to keep, each in its newest version; older "
        "versions are deleted. Versions that differ only in stock or boosts "
        "count as one model (default: keep all)",
        least=1,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PublishRecommenderOptions(PublishOptions, DataDirsOptions):
    """Options of the commands that publish a recommender."""

    run_dir: str = option(..., "folder of a trained recommender")
    top_k: int | None = option(
        None,
        f"number of items per list (default: {RecommenderOptions.top_k}; for "
        "refresh-items, that of the served version)",
    )
    index: str | None = option(
        None,
        "exact: score all items for each request; ivf: score only the most "
        "promising part of a large catalog, which is faster (default: exact; "
        "for refresh-items, that of the served version)",
        choices=("exact", "ivf"),
    )
    min_recall: float | None = option(
        None,
        "fraction of the exact lists that an IVF index must find, 0 to 1; "
        f"lower is faster (default: {MIN_RECALL}; for refresh-items, that of "
        "the served version if it has such an index)",
        parse=float,
    )
    batching: bool | None = option(
        None,
        "let TF Serving batch concurrent calls, which saves time under load; "
        "for trusted callers only: a malformed call fails all calls of its "
        "batch, or crashes the server (default: no batching; for "
        "refresh-items, that of the served version)",
    )

    thumbnails: bool | None = option(
        None,
        "write a thumbnail of each item, one file each, into the catalog "
        "folder of the version, which the studio shows; "
        "TF Serving reads none of it (default: thumbnails; for refresh-items, "
        "as in the served version)",
    )
    user_sample: bool | None = option(
        None,
        "write the ids of 200 users with their latest items into the catalog "
        "folder of the version, by which the studio lets people choose a user "
        "(default: user_sample; for refresh-items, as in the served version)",
    )

    def merge(self, served: dict[str, Any]) -> RecommenderOptions:
        """Returns the options of the new version.

        Args:
            served: Metadata of the version whose options are the defaults.

        Raises:
            UserError: If a value is out of range, or `--min_recall` is given
                and the index is exact.
        """
        min_recall = served.get("min_recall")
        if self.index == "exact":
            min_recall = None
        elif self.index == "ivf" and min_recall is None:
            min_recall = MIN_RECALL
        if self.min_recall is not None:
            if min_recall is None:
                raise UserError("--min_recall requires --index ivf")
            min_recall = self.min_recall
        given = {
            "top_k": self.top_k,
            "batched": self.batching,
            "thumbnails": self.thumbnails,
            "user_sample": self.user_sample,
        }
        values = {name: served.get(name) for name in given}
        values |= {key: one for key, one in given.items() if one is not None}
        return RecommenderOptions(
            min_recall=min_recall,
            keep=self.keep,
            **{key: one for key, one in values.items() if one is not None},
        )


def print_published(version: str, model: str) -> None:
    """Prints the folder of a new version and the command that shows it.

    Args:
        version: Folder of the version.
        model: Model name in TF Serving.
    """
    folder, _, _ = version.rpartition("/")
    command = "studio" if model == RECOMMENDER else "serve"
    show = command_text(command, "--model", f"{model}={folder}")
    print(f"published {version}; next: {show}")
