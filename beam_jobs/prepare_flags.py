"""The flags of `prepare`."""

import argparse

from apache_beam.options.pipeline_options import PipelineOptions

from beam_jobs.options import beam_options
from beam_jobs.photos import MAX_PIXELS
from beam_jobs.split import MIN_INTERACTIONS
from records.errors import UserError

EPILOG = """\
examples:
  one table that holds it all (the shipped data):
    python -m beam_jobs.prepare --interactions data/wardrobes.parquet \\
      --user_column owner --category_column label --data_dir runs/demo/data

  three CSV tables, photos in a folder:
    python -m beam_jobs.prepare --interactions log.csv --items items.csv \\
      --photos photos.csv --photo_column path --photo_root photos/ \\
      --data_dir runs/mine/data

  two processes (any other flag goes to Beam as it is):
    ... --direct_running_mode=multi_processing --direct_num_workers=2
"""


def parse_flags(
    argv: list[str] | None,
) -> tuple[argparse.Namespace, PipelineOptions]:
    """Splits our own flags from those that Beam takes.

    Args:
        argv: The flags; those of the process if None.

    Returns:
        Ours, with `items` and `photos` filled in, and Beam's.

    Raises:
        UserError: If a flag is unknown or a value out of its range.
    """
    parser = argparse.ArgumentParser(
        prog="python -m beam_jobs.prepare",
        description="Prepares a data set of tables and photos.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_tables(parser)
    _add_work(parser)
    args, rest = parser.parse_known_args(argv)
    args.items = args.items or args.interactions
    args.photos = args.photos or args.items
    _check_options(args)
    return args, beam_options(rest, parser.prog)


def _add_tables(parser: argparse.ArgumentParser) -> None:
    tables = parser.add_argument_group("tables (.parquet or .csv, globs too)")
    tables.add_argument("--interactions", required=True, help="who took what")
    tables.add_argument(
        "--items", help="the catalogue (default: the --interactions table)"
    )
    tables.add_argument(
        "--photos", help="photos or their paths (default: the --items table)"
    )
    tables.add_argument("--user_column", default="user_id")
    tables.add_argument("--item_column", default="item_id")
    tables.add_argument("--category_column", help="default: no categories")
    tables.add_argument(
        "--photo_column",
        default="photo",
        help="photo bytes, or paths or URIs of photos (default: photo)",
    )
    tables.add_argument(
        "--photo_root",
        help="where relative paths start (default: folder of --photos)",
    )


def _add_work(parser: argparse.ArgumentParser) -> None:
    work = parser.add_argument_group("what is made of them")
    work.add_argument("--data_dir", required=True, help="where it all goes")
    work.add_argument(
        "--if_exists",
        choices=("fail", "overwrite"),
        default="fail",
        help="what to do where --data_dir holds a data set (default: fail)",
    )
    work.add_argument(
        "--image_size", type=int, default=128, help="pixels (default: 128)"
    )
    work.add_argument(
        "--max_pixels",
        type=int,
        default=MAX_PIXELS,
        help="photos that declare more are rejected (default: 50 million)",
    )
    work.add_argument(
        "--min_user_interactions",
        type=int,
        default=5,
        help="users with fewer are left out, at least 3 (default: 5)",
    )
    work.add_argument(
        "--max_rejected",
        type=float,
        default=0.01,
        help="largest share of a table that may be bad (default: 0.01)",
    )
    work.add_argument("--num_shards", type=int, default=8, help="default: 8")
    work.add_argument("--seed", type=int, default=0, help="seed of the split")


def _check_options(args: argparse.Namespace) -> None:
    least = {
        "image_size": 16,
        "max_pixels": 1,
        "min_user_interactions": MIN_INTERACTIONS,
        "num_shards": 1,
    }
    for name, minimum in least.items():
        if getattr(args, name) < minimum:
            raise UserError(
                f"--{name} must be at least {minimum}, got "
                f"{getattr(args, name)}"
            )
    if not 0 <= args.max_rejected <= 1:
        raise UserError(
            f"--max_rejected is a share from 0 to 1, got {args.max_rejected}"
        )
