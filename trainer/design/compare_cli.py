"""The `compare-designs` command: designs and catalog images for many users."""

from atelier.cli.flags import Command
from trainer.design.run_flags import ComparisonOptions
from trainer.design.search_config import ComparisonConfig
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run

EPILOG = """\
examples:
  designs and catalog images, scored by a second recommender as well:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --judge_run_dir ANOTHER --out compared

  a quick comparison: two categories, ten users:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --categories Dress,Shoes --num_users 10 \\
      --num_starts 8 --out compared

  composed designs of data with masks of the garments, without a GAN:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --categories Dress,Shoes --out compared

Train the judge with another --backbone and --seed than RECOMMENDER: an image
that only one network scores high need not match the user's taste.

The other judge needs no run: the likeness of the images, in colors and edges,
to the items that the user interacted with and training did not see.

For human raters, open blind.html of the output folder; `rate-designs` reads
their answers.
"""


def _run(args: ComparisonOptions, config: ComparisonConfig) -> None:
    args.check_runs()
    if args.judge_run_dir:
        run = Run.load(args.judge_run_dir, RecommenderConfig, args.data_dirs)
        run.check_data()
    # Imported when all flags are checked, because it takes seconds.
    from trainer.design.compare_users import compare_users

    compare_users(args, config)


COMPARE_DESIGNS = Command(
    "compare-designs",
    _run,
    (ComparisonOptions, ComparisonConfig),
    summary="compare designs with catalog images, for several users",
    description="Compares sources of images for several users: random "
    "catalog images, the\ncatalog images with the highest scores, random "
    "generated images, designs of the\nGAN and, for data with masks of the "
    "garments, composed designs.",
    epilog=EPILOG,
)
