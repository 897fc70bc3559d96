"""The `gate` subcommand: the quality checks of an export, alone."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from export.cli.publish_flags import ModelDirOptions
from export.cli.publish_flags import QualityOptions
from export.publishing.version import check_model_dir
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run
from trainer.training.run_flags import DataDirsOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateOptions(QualityOptions, DataDirsOptions, ModelDirOptions):
    """Options of `gate`."""

    run_dir: str = option(..., "folder of a trained recommender")


def _run(args: GateOptions) -> None:
    check_model_dir(args.model_dir, "recommender")
    run = Run.load(args.run_dir, RecommenderConfig, args.data_dirs)
    run.check_data()
    # Imported when all flags are checked, because it takes seconds.
    from export.publishing.quality_gate import check_quality
    from export.publishing.quality_gate import read_metrics

    check_quality(
        run,
        args.model_dir,
        better_than=args.better_than,
        min_auc=args.min_auc,
        max_drop=args.max_drop,
    )
    print("passed: an export would publish the run")
    if metrics := read_metrics(run.run_dir):
        print(f"evaluation: {metrics['verdict']}")


GATE = Command(
    "gate",
    _run,
    (GateOptions,),
    summary="check the metrics of a recommender, without publishing it",
    description="Checks the metrics of a trained two-tower recommender as "
    "`recommender` does\nbefore it publishes. Exits with 1 and the reason if "
    "that would refuse the run.",
)
