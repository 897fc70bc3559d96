"""The `recommender` subcommand, which publishes a trained recommender."""

import dataclasses

from atelier.cli.flags import Command
from export.cli.publish_flags import PublishRecommenderOptions
from export.cli.publish_flags import QualityOptions
from export.cli.publish_flags import print_published
from export.publishing.version import check_model_dir
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportRecommenderOptions(QualityOptions, PublishRecommenderOptions):
    """Options of `recommender`."""


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
