"""The `recommender` subcommand, which publishes a trained recommender."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from export.cli.publish_flags import PublishRecommenderOptions
from export.cli.publish_flags import print_published
from export.publishing.version import check_model_dir
from trainer.evaluation.verdict import NO_RIVAL
from trainer.evaluation.verdict import RIVALS
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportRecommenderOptions(PublishRecommenderOptions):
    """Options of `recommender`."""

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


def _run(args: ExportRecommenderOptions) -> None:
    options = args.merge({})
    check_model_dir(args.model_dir, "recommender")
    Run.load(args.run_dir, RecommenderConfig, args.data_dirs).check_data()
    # Imported when all flags are checked, because it takes seconds.
    from export.publishing.publish_recommender import MODEL
    from export.publishing.publish_recommender import export_recommender

    version = export_recommender(
        args.run_dir,
        args.model_dir,
        options,
        better_than=args.better_than,
        min_auc=args.min_auc,
        max_drop=args.max_drop,
        data_dirs=args.data_dirs,
    )
    print_published(version, MODEL)


RECOMMENDER = Command(
    "recommender",
    _run,
    (ExportRecommenderOptions,),
    summary="publish a trained recommender as a new version",
    description="Publishes a trained two-tower recommender as a new "
    "version. Items of the version\nbefore stay in or out of stock as they "
    "were; new items are in stock.",
)
