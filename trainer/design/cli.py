"""The `design` command: designs for one user, or a restyled image."""

from atelier.cli.flags import Command
from atelier.io import files
from atelier.io.errors import UserError
from atelier.schema.design_sources import COMPOSED
from trainer.design.run_flags import DesignOptions
from trainer.design.search_config import DesignConfig

EPILOG = """\
examples:
  eight dresses for a user, each with the most similar catalog items (without
  --category: the category with most of the user's interactions); each is the
  cut of one item in the cloth of another, of data with masks of the garments
  (prepare --background white):
    python -m trainer.task design --run_dir RECOMMENDER \\
      --user 204 --category Dress --out dresses

  designs for several users, each in a folder of DESIGNS named after the id:
    python -m trainer.task design --run_dir RECOMMENDER \\
      --user 204 --user 205 --out DESIGNS

  dresses that a GAN generates:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --source gan --user 204 --category Dress --out dresses

  for a cold-start user, given two items that the user likes:
    python -m trainer.task design --run_dir RECOMMENDER \\
      --seed_items ITEM,ITEM --category Dress --out dresses

  a dress of your own, moved halfway towards the taste of a user:
    python -m trainer.task design --run_dir RECOMMENDER \\
      --user 204 --category Dress --photo mine.jpg --strength 0.5 --out mine

A design that scores higher than every catalog image may exploit a weakness of
the recommender instead of matching the user's taste. To check this, score the
designs with a second recommender: `trainer.task compare-designs`. Designing
with several recommenders at once (--ensemble_run_dirs) raises the score that
the second recommender gives.
"""


def _run(args: DesignOptions, config: DesignConfig) -> None:
    _check(args)
    args.check_runs()
    # Imported when all flags are checked, because it takes seconds.
    from trainer.design.design_source import design_source

    if design_source(args, config) == COMPOSED:
        from trainer.design.make_composed import make_composed

        make_composed(args, config)
    else:
        from trainer.design.make_designs import make_designs

        make_designs(args, config)


def _check(args: DesignOptions) -> None:
    """Raises UserError if flags are missing or contradict each other."""
    if bool(args.users) == bool(args.seed_items):
        raise UserError(
            "set either --user, the id of a training user, or --seed_items, "
            "the ids of items that a cold-start user likes"
        )
    if args.photo and not args.category:
        raise UserError(
            f"--photo {args.photo} needs --category, the category of the "
            "item in the image"
        )
    if args.photo and not files.exists(args.photo):
        raise UserError(f"--photo {args.photo} cannot be read: no such file")


DESIGN = Command(
    "design",
    _run,
    (DesignOptions, DesignConfig),
    summary="design items for one user, or restyle an image",
    description="Composes or generates images of new items of a category "
    "with the highest\npreference score of one user, and finds the most "
    "similar catalog items. With\n--photo: restyles an image towards the "
    "user's taste.",
    epilog=EPILOG,
)
