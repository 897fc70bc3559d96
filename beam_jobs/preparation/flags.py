"""The flags of `prepare`."""

import argparse
import datetime

from apache_beam.options.pipeline_options import PipelineOptions

from beam_jobs.options import beam_options
from beam_jobs.preparation.interactions import Window
from beam_jobs.preparation.photos import MAX_PIXELS
from beam_jobs.preparation.photos import RESIZES
from beam_jobs.preparation.pipeline import PrepareConfig
from beam_jobs.preparation.split import LastSplit
from beam_jobs.preparation.split import NewItemsSplit
from beam_jobs.preparation.split import RandomSplit
from beam_jobs.preparation.split import Split
from beam_jobs.preparation.split import TimeSplit
from beam_jobs.preparation.stage_photos import PhotoConfig
from beam_jobs.preparation.values import parse_time
from beam_jobs.sources import SOURCES
from records.errors import UserError

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
MB = 1 << 20
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
        UserError: If a flag is unknown or a value out of its range.
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
    _check_ranges(args)
    return args, beam_options(rest, parser.prog)


def config_of(args: argparse.Namespace) -> PrepareConfig:
    """Reads what is to be made of the source.

    Raises:
        UserError: If flags contradict each other.
    """
    split = _split(args)
    start, end = (_time(args, name) for name in ("start_time", "end_time"))
    least = 0 if split.least == 1 else split.least
    if args.min_user_interactions < least:
        raise UserError(
            f"--split {args.split} needs --min_user_interactions of at least "
            f"{least}, got {args.min_user_interactions}"
        )
    return PrepareConfig(
        data_dir=args.data_dir,
        photos=PhotoConfig(
            image_size=args.image_size,
            resize=args.resize,
            max_pixels=args.max_pixels,
            timeout_s=args.photo_timeout,
            concurrency=args.photo_concurrency,
        ),
        window=Window(
            start=start,
            end=end,
            min_weight=args.min_weight,
            needs_times=split.needs_times
            or start is not None
            or end is not None,
        ),
        min_user_interactions=args.min_user_interactions,
        min_item_interactions=args.min_item_interactions,
        split=split,
        min_shards=args.min_shards,
        shard_bytes=args.shard_mb * MB,
    )


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
        default=0.1,
        help="of --split new_items: share of the items for validation, and "
        "again for test (default: 0.1)",
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


def _check_ranges(args: argparse.Namespace) -> None:
    least = {
        "image_size": 16,
        "max_pixels": 1,
        "photo_concurrency": 1,
        "min_user_interactions": 1,
        "min_item_interactions": 0,
        "min_items": 2,
        "min_shards": 1,
        "shard_mb": 1,
    }
    for name, minimum in least.items():
        if getattr(args, name) < minimum:
            raise UserError(
                f"--{name} must be at least {minimum}, got "
                f"{getattr(args, name)}"
            )
    if not args.photo_timeout > 0:
        raise UserError(
            f"--photo_timeout must be above 0, got {args.photo_timeout}"
        )
    if not 0 <= args.max_rejected <= 1:
        raise UserError(
            f"--max_rejected is a share from 0 to 1, got {args.max_rejected}"
        )
    if not 0 < args.new_item_share < 0.5:
        raise UserError(
            "--new_item_share is above 0 and below 0.5, got "
            f"{args.new_item_share}"
        )


def _split(args: argparse.Namespace) -> Split:
    if args.split == "random":
        return RandomSplit(args.seed)
    if args.split == "last":
        return LastSplit(args.seed)
    if args.split == "new_items":
        return NewItemsSplit(args.new_item_share, args.seed)
    validation_from = _time(args, "validation_from")
    test_from = _time(args, "test_from")
    if validation_from is None or test_from is None:
        raise UserError(
            "--split time needs --validation_from and --test_from, for example "
            "2020-09-08 and 2020-09-15"
        )
    if validation_from >= test_from:
        raise UserError(
            f"--validation_from {args.validation_from} must be before "
            f"--test_from {args.test_from}"
        )
    return TimeSplit(validation_from, test_from)


def _time(args: argparse.Namespace, name: str) -> int | None:
    text = getattr(args, name)
    try:
        return parse_time(text)
    except ValueError as error:
        today = datetime.date.today()
        raise UserError(
            f"--{name} {text} is no time ({error}); give one such as {today}"
        ) from error
