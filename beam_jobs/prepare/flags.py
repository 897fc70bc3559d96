"""The flags of `prepare`."""

import argparse

from apache_beam.options.pipeline_options import PipelineOptions

from beam_jobs.options import beam_options
from beam_jobs.options import refuse_empty
from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.image_codec import RESIZES
from beam_jobs.sources import SOURCES

EPILOG = """\
examples:
  one table that holds it all (the shipped data):
    python -m beam_jobs.prepare --interactions data/wardrobes.parquet \\
      --user_column owner --category_column label --data_dir runs/demo/data

  three CSV tables, photos in a folder, the last thing of each user held out:
    python -m beam_jobs.prepare --interactions log.csv --items items.csv \\
      --photos photos.csv --photo_column path --photo_root photos/ \\
      --time_column bought_at --split last --data_dir runs/mine/data

  the H&M data as Kaggle packs them (other sources have other flags):
    python -m beam_jobs.prepare --source hm --hm_dir h-and-m \\
      --data_dir runs/hm/data
    python -m beam_jobs.prepare --source hm --help

  two processes (any other flag goes to Beam as it is):
    ... --direct_running_mode=multi_processing --direct_num_workers=2
"""
NEW_ITEM_SHARE = 0.1
_PROGRAM = "python -m beam_jobs.prepare"


def parse_flags(
    argv: list[str] | None,
) -> tuple[argparse.Namespace, PipelineOptions]:
    """Splits our own flags from those that Beam takes.

    Args:
        argv: The flags; those of the process if None.

    Returns:
        Ours, and Beam's.

    Raises:
        UserError: If a flag is unknown or empty.
    """
    # The source decides which other flags there are.
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _add_source(first)
    source = first.parse_known_args(argv)[0].source
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Prepares a data set of interactions and photos.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_source(parser)
    SOURCES[source].add_flags(parser)
    _add_cleaning(parser)
    _add_split(parser)
    _add_photos(parser)
    _add_output(parser)
    args, rest = parser.parse_known_args(argv)
    refuse_empty(args)
    if args.split == "new_items" and args.new_item_share is None:
        args.new_item_share = NEW_ITEM_SHARE
    return args, beam_options(rest, parser.prog)


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        choices=SOURCES,
        default="tables",
        help="what the raw data are; each has flags of its own: give it "
        "before --help (default: tables)",
    )


def _add_cleaning(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what counts")
    group.add_argument("--start_time", help="interactions before are left out")
    group.add_argument("--end_time", help="interactions from then are left out")
    group.add_argument(
        "--min_weight", type=float, help="lighter interactions are left out"
    )
    group.add_argument(
        "--min_user_interactions",
        type=int,
        default=5,
        help="users with fewer are left out (default: 5)",
    )
    group.add_argument(
        "--min_item_interactions",
        type=int,
        default=0,
        help="items with fewer leave the catalogue, and so on until all have "
        "enough (default: 0, items that nobody took stay)",
    )
    group.add_argument(
        "--min_items",
        type=int,
        default=2,
        help="a smaller catalogue fails the job (default: 2)",
    )
    group.add_argument(
        "--max_rejected",
        type=float,
        default=0.01,
        help="largest share of a table that may be bad (default: 0.01)",
    )


def _add_split(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is held out")
    group.add_argument(
        "--split",
        choices=("random", "last", "time", "new_items"),
        default="random",
        help="one random item of each user for validation and one for test; "
        "their last two; what came after two points in time; or a share of "
        "the items with all who took them (default: random)",
    )
    group.add_argument("--validation_from", help="of --split time: a date")
    group.add_argument("--test_from", help="of --split time: a later date")
    group.add_argument(
        "--new_item_share",
        type=float,
        help="of --split new_items: share of the items for validation, and "
        f"again for test (default: {NEW_ITEM_SHARE})",
    )
    group.add_argument("--seed", type=int, default=0, help="of the split")


def _add_photos(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("photos")
    group.add_argument(
        "--image_size", type=int, default=128, help="pixels (default: 128)"
    )
    group.add_argument(
        "--resize",
        choices=RESIZES,
        default="pad",
        help="pad with white or crop the longer side (default: pad)",
    )
    group.add_argument(
        "--max_pixels",
        type=int,
        default=MAX_PIXELS,
        help="photos that declare more are rejected (default: 50 million)",
    )
    group.add_argument(
        "--photo_timeout",
        type=float,
        default=10,
        help="seconds that a web server may take for a photo (default: 10)",
    )
    group.add_argument(
        "--photo_concurrency",
        type=int,
        default=4,
        help="remote photos that a worker reads at a time (default: 4)",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is written")
    group.add_argument("--data_dir", required=True, help="where it all goes")
    group.add_argument(
        "--if_exists",
        choices=("fail", "overwrite"),
        default="fail",
        help="what to do where --data_dir holds a data set (default: fail)",
    )
    group.add_argument(
        "--min_shards",
        type=int,
        default=8,
        help="files of each kind, at least; workers share them (default: 8)",
    )
    group.add_argument(
        "--shard_mb",
        type=int,
        default=128,
        help="there are more where they would be larger (default: 128 MB)",
    )
