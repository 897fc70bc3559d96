"""Command-line flags of `prepare`."""

import argparse

from apache_beam.options.pipeline_options import PipelineOptions

from atelier.schema.background import BACKGROUNDS
from beam_jobs.options import beam_options
from beam_jobs.options import refuse_empty
from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.image_codec import RESIZES
from beam_jobs.sources import SOURCES

EPILOG = """\
examples:
  one table with interactions, categories and photos (the included data):
    python -m beam_jobs.prepare --interactions data/wardrobes.parquet \\
      --user_column owner --category_column label --data_dir runs/demo/data

  three CSV tables, photos in a folder, the last two items of each user held
  out for validation and test:
    python -m beam_jobs.prepare --interactions log.csv --items items.csv \\
      --photos photos.csv --photo_column path --photo_root photos/ \\
      --time_column bought_at --split last --data_dir runs/mine/data

  the H&M data set from Kaggle (each source has its own flags):
    python -m beam_jobs.prepare --source hm --hm_dir h-and-m \\
      --data_dir runs/hm/data
    python -m beam_jobs.prepare --source hm --help

  two worker processes (all other flags are passed to Beam):
    ... --direct_running_mode=multi_processing --direct_num_workers=2
"""
NEW_ITEM_SHARE = 0.1
_PROGRAM = "python -m beam_jobs.prepare"


def parse_flags(
    argv: list[str] | None,
) -> tuple[argparse.Namespace, PipelineOptions]:
    """Parses the flags of `prepare` and passes the others to Beam.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Returns:
        Flags of `prepare`, and options of Beam.

    Raises:
        UserError: If a flag is unknown or empty.
    """
    # Parsed first, because each source adds its own flags.
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _add_source(first)
    source = first.parse_known_args(argv)[0].source
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Prepares a data set of interactions and images.",
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
        help="type of the raw data; each type has its own flags, which "
        "--source TYPE --help lists (default: tables)",
    )


def _add_cleaning(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("cleaning")
    group.add_argument(
        "--start_time", help="drop interactions before this date or time"
    )
    group.add_argument(
        "--end_time", help="drop interactions at or after this date or time"
    )
    group.add_argument(
        "--min_weight",
        type=float,
        help="drop interactions with a lower weight or without one",
    )
    group.add_argument(
        "--min_user_interactions",
        type=int,
        default=5,
        help="drop users with fewer interactions (default: 5)",
    )
    group.add_argument(
        "--min_item_interactions",
        type=int,
        default=0,
        help="drop items with fewer interactions; users and items are dropped "
        "in turn until all have enough (k-core) (default: 0, keep items "
        "without interactions)",
    )
    group.add_argument(
        "--min_items",
        type=int,
        default=2,
        help="fail if fewer items are left (default: 2)",
    )
    group.add_argument(
        "--max_rejected",
        type=float,
        default=0.01,
        help="fail if a larger fraction of the rows of a table is bad "
        "(default: 0.01)",
    )


def _add_split(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("train, validation and test split")
    group.add_argument(
        "--split",
        choices=("random", "last", "time", "new_items"),
        default="random",
        help="what is held out for validation and test. random: one random "
        "item each per user; last: the last two items of each user; time: all "
        "interactions from two dates on; new_items: a fraction of the items, "
        "with all their interactions (default: random)",
    )
    group.add_argument(
        "--validation_from",
        help="with --split time: start of validation, such as 2020-09-08",
    )
    group.add_argument(
        "--test_from", help="with --split time: start of test, a later date"
    )
    group.add_argument(
        "--new_item_share",
        type=float,
        help="with --split new_items: fraction of the items for validation, "
        f"and the same again for test (default: {NEW_ITEM_SHARE})",
    )
    group.add_argument(
        "--seed", type=int, default=0, help="seed of the split (default: 0)"
    )


def _add_photos(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("photos")
    group.add_argument(
        "--image_size",
        type=int,
        default=128,
        help="side of the square training images, in pixels (default: 128)",
    )
    group.add_argument(
        "--resize",
        choices=RESIZES,
        default="pad",
        help="pad: scale to fit, pad with white; crop: cut out the central "
        "square (default: pad)",
    )
    group.add_argument(
        "--background",
        choices=BACKGROUNDS,
        default="keep",
        help="white: cut the garment out and center it on white, for photos "
        "on floors and beds; about 0.5 seconds a photo (default: keep)",
    )
    group.add_argument(
        "--max_pixels",
        type=int,
        default=MAX_PIXELS,
        help="reject photos with more pixels (default: 50 million)",
    )
    group.add_argument(
        "--photo_timeout",
        type=float,
        default=10,
        help="seconds that one try to download a photo may take (default: 10)",
    )
    group.add_argument(
        "--photo_concurrency",
        type=int,
        default=4,
        help="remote photos that a worker reads at once (default: 4)",
    )
    group.add_argument(
        "--photo_hosts",
        help="hosts in a private network that photos may be downloaded from, "
        "besides all public ones: names, addresses and networks, separated by "
        "commas, such as photos.intern,10.1.0.0/16 (default: none)",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--data_dir", required=True, help="folder or URI of the data set"
    )
    group.add_argument(
        "--if_exists",
        choices=("fail", "overwrite"),
        default="fail",
        help="what to do if --data_dir already holds a data set "
        "(default: fail)",
    )
    group.add_argument(
        "--min_shards",
        type=int,
        default=8,
        help="minimum number of files per type of record, which workers "
        "write in parallel; fewer if a table that holds the photos has fewer "
        "parts (default: 8)",
    )
    group.add_argument(
        "--shard_mb",
        type=int,
        default=128,
        help="write more files where one would exceed about this many MB "
        "(default: 128)",
    )
