"""Command-line flags of `prepare`."""

import argparse
import dataclasses
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from atelier.cli.config_file import add_config_argument
from atelier.cli.config_file import checked_values
from atelier.cli.config_file import read_config
from atelier.cli.config_file import with_paths_beside
from atelier.cli.flags import Options
from atelier.cli.flags import command_parser
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.schema.background import BACKGROUNDS
from atelier.schema.background import Background
from atelier.schema.resize_mode import RESIZES
from atelier.schema.resize_mode import Resize
from beam_jobs.options import parse_job
from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.triple_form import AUTO
from beam_jobs.prepare.triple_form import FORMS
from beam_jobs.prepare.triple_form import MAX_RATIO
from beam_jobs.sources import SOURCES
from beam_jobs.sources.event_log import WEIGHTS
from beam_jobs.sources.source import Source

EPILOG = """\
examples:
  one table with interactions, categories, photos and masks (the demo):
    python -m beam_jobs.prepare --interactions data/wardrobes.parquet \\
      --user_column owner --category_column label --mask_column mask \\
      --background white --image_size 192 --data_dir runs/demo/data

  three CSV tables, photos in a folder, the last two items of each user held
  out for validation and test:
    python -m beam_jobs.prepare --interactions log.csv --items items.csv \\
      --photos photos.csv --photo_column path --photo_root photos/ \\
      --time_column bought_at --split last --data_dir runs/mine/data

  the same with the reactions that the studio has logged; what users hid
  becomes an explicit negative:
    ... --events 'runs/events/*.jsonl' --negative_weights negative

  the flags in a file, as `python -m beam_jobs.init shop/` writes them; its
  relative paths start from the folder of the file:
    python -m beam_jobs.prepare --config shop.yaml

  the H&M data set from Kaggle (each source has its own flags):
    python -m beam_jobs.prepare --source hm --hm_dir h-and-m \\
      --data_dir runs/hm/data
    python -m beam_jobs.prepare --source hm --help

  a job on Flink or Dataflow that has ended after its launcher was lost:
    python -m beam_jobs.prepare --finish runs/mine/data

  two worker processes (all other flags are passed to Beam):
    ... --direct_running_mode=multi_processing --direct_num_workers=2
"""
NEW_ITEM_SHARE = 0.1
PROGRAM = "python -m beam_jobs.prepare"


@dataclasses.dataclass(frozen=True)
class SourceOption(Options):
    """Selection of the data source."""

    source: str = option(
        "tables",
        "type of the raw data; each type has its own flags, which --source "
        "TYPE --help lists",
        choices=tuple(SOURCES),
    )


@dataclasses.dataclass(frozen=True)
class FeedbackOptions(Options):
    """Feedback events that are read as interactions."""

    TITLE = "feedback"
    events: str | None = option(
        None,
        "event log of the studio, JSON lines: a path, folder or glob pattern; "
        "reactions are added to the interactions (default: none)",
    )
    event_weights: str | None = option(
        None,
        "weights of interactions by the type of their event, such as "
        "open=0,hide=-2 (default: "
        f"{','.join(f'{name}={weight:g}' for name, weight in WEIGHTS.items())}"
        "; an interaction of the tables without a weight counts 1)",
    )


@dataclasses.dataclass(frozen=True)
class PrivacyOptions(Options):
    """Treatment of personal data in the ids of users."""

    TITLE = "personal data"
    email_users: str = option(
        "hash",
        "user ids that are e-mail addresses. hash: replaced by `user-` and 16 "
        "digits of a hash, see docs/own_data.md; keep: stored and shown as "
        "they are",
        choices=("hash", "keep"),
    )
    email_key_file: str | None = option(
        None,
        "file with a secret of yours that keys the hashes, so that nobody "
        "without it can look up an address; the same file gives the same ids "
        "(default: none, a plain SHA-256)",
    )


@dataclasses.dataclass(frozen=True)
class CleaningOptions(Options):
    """Filters of interactions, users and items, and limits of bad rows."""

    TITLE = "cleaning"
    start_time: str | None = option(
        None, "drop interactions before this date or time"
    )
    end_time: str | None = option(
        None, "drop interactions at or after this date or time"
    )
    min_weight: float | None = option(
        None,
        "drop interactions with a lower weight or without one",
        parse=float,
    )
    owned_weight: float | None = option(
        None,
        "weight from which on a user owns an item, such as that of a purchase; "
        "lighter interactions, such as views, train the model, but their items "
        "are neither left out of lists nor shown as owned (default: all are "
        "owned, but with --events not those of no more weight than an opened "
        "item)",
        parse=float,
    )
    negative_weights: str = option(
        "drop",
        "rows with a weight or quantity below 0. drop: they are rejected; "
        "negative: the item is an explicit negative of the user, who rejected "
        "or returned it. Rows with a weight or quantity of 0 are rejected",
        choices=("drop", "negative"),
    )
    min_user_interactions: int = option(
        5, "drop users with fewer interactions", least=1
    )
    min_item_interactions: int = option(
        0,
        "drop items with fewer interactions; users and items are dropped in "
        "turn until all have enough (k-core) (default: 0, keep items without "
        "interactions)",
        least=0,
    )
    min_items: int = option(2, "fail if fewer items are left", least=2)
    max_rejected: float = option(
        0.01,
        "fail if a larger fraction of the rows of a table is bad",
        parse=float,
    )


@dataclasses.dataclass(frozen=True)
class SplitOptions(Options):
    """Split of the interactions; some apply to one kind of split only."""

    TITLE = "train, validation and test split"
    split: str = option(
        "random",
        "interactions held out for validation and test. random: one random "
        "item each per user; last: the last two items of each user; time: all "
        "interactions from two dates on; new_items: a fraction of the items, "
        "with all their interactions",
        choices=("random", "last", "time", "new_items"),
    )
    validation_from: str | None = option(
        None, "with --split time: start of validation, such as 2020-09-08"
    )
    test_from: str | None = option(
        None, "with --split time: start of test, a later date"
    )
    new_item_share: float | None = option(
        None,
        "with --split new_items: fraction of the items for validation, and "
        f"the same again for test (default: {NEW_ITEM_SHARE})",
        parse=float,
    )
    seed: int = option(0, "seed of the split", parse=int)


@dataclasses.dataclass(frozen=True)
class PhotoOptions(Options):
    """Reading and resizing of the photos."""

    TITLE = "photos"
    image_size: int = option(
        128,
        "side of the square training images, in pixels",
        least=16,
        most=4096,
    )
    resize: Resize = option(
        "pad",
        "pad: scale to fit, pad with white; crop: cut out the central square",
        choices=RESIZES,
    )
    background: Background = option(
        "keep",
        "white: cut the garment out and center it on white, for photos on "
        "floors and beds; about 0.5 CPU seconds a photo",
        choices=BACKGROUNDS,
    )
    max_pixels: int = option(
        MAX_PIXELS,
        "reject photos with more pixels (default: 50 million)",
        least=1,
    )
    photo_timeout: float = option(
        10,
        "seconds that one try to download a photo may take",
        parse=float,
    )
    photo_concurrency: int = option(
        4, "remote photos that a worker reads at once", least=1
    )
    photo_hosts: str | None = option(
        None,
        "hosts in a private network that photos may be downloaded from, "
        "besides all public ones: names, addresses and networks, separated by "
        "commas, such as photos.intern,10.1.0.0/16 (default: none)",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputOptions(Options):
    """Folder and files of the data set."""

    TITLE = "output"
    data_dir: str = option(..., "folder or URI of the data set")
    if_exists: str = option(
        "fail",
        "action if --data_dir already holds a data set",
        choices=("fail", "overwrite"),
    )
    start_timeout: float = option(
        900,
        "fail if no worker of Flink, Spark or Prism has started the job within "
        "these seconds",
        parse=float,
    )
    min_shards: int = option(
        8,
        "minimum number of files per type of record, which workers write in "
        "parallel; fewer if a table that holds the photos has fewer parts",
        least=1,
    )
    triples: str = option(
        AUTO,
        "content of the triples. images: the image of the item; ids: only its "
        "id, so that a trainer reads the image from the items; auto: images "
        f"where they take at most {MAX_RATIO} times the bytes of the items",
        choices=FORMS,
    )
    shard_mb: int = option(
        128,
        "write more files where one would exceed about this many MB",
        least=1,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PrepareOptions(
    OutputOptions,
    PhotoOptions,
    SplitOptions,
    CleaningOptions,
    PrivacyOptions,
    FeedbackOptions,
    SourceOption,
):
    """All flags of `prepare`.

    Attributes:
        of_source: Flags of the data source.

    Example:
        options, beam = parse_flags(["--interactions=a.csv", "--data_dir=b"])
        config = config_of(options)
    """

    of_source: Options = Options()


def parse_flags(
    argv: list[str] | None,
) -> tuple[PrepareOptions, PipelineOptions]:
    """Parses the flags of `prepare` and passes the others to Beam.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Returns:
        Flags of `prepare`, and options of Beam.

    Raises:
        UserError: If a flag is unknown or empty, or a value is out of its
            range.
    """
    config, source, stored = _config_and_source(argv)
    groups = (
        SourceOption,
        source.options,
        *(FeedbackOptions, PrivacyOptions, CleaningOptions, SplitOptions),
        *(PhotoOptions, OutputOptions),
    )
    parser = command_parser(
        PROGRAM,
        "Prepares a data set of interactions and images.",
        EPILOG,
    )
    add_config_argument(parser)
    _add_finish_argument(parser)
    fields = [field for group in groups for field in dataclasses.fields(group)]
    path_flags = ("data_dir", "events", "email_key_file", *source.path_flags)
    if config:
        names = f"those of `{PROGRAM} --source {source.name} --help`"
        stored = checked_values(config, stored, fields, names)
        stored = with_paths_beside(config, stored, path_flags)
    for group in groups:
        group.add_arguments(
            parser,
            **{
                field.name: stored[field.name]
                for field in dataclasses.fields(group)
                if field.name in stored
            },
        )
    args, beam = parse_job(parser, argv, path_flags)
    if args.split == "new_items" and args.new_item_share is None:
        args.new_item_share = NEW_ITEM_SHARE
    options = PrepareOptions.from_arguments(args)
    of_source = source.options.from_arguments(args)
    return dataclasses.replace(options, of_source=of_source), beam


def finish_argument(argv: list[str] | None) -> str | None:
    """Returns the folder of `--finish`, None if the flag is not given.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Raises:
        UserError: If the flag has no folder, or other flags are given too.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM, add_help=False, allow_abbrev=False, exit_on_error=False
    )
    _add_finish_argument(parser)
    try:
        args, rest = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise UserError("--finish needs the folder of a data set") from error
    if args.finish is not None and rest:
        raise UserError(
            f"--finish completes a job with the flags of its start, got "
            f"{rest[0]} too; leave it out"
        )
    data_dir: str | None = args.finish
    return data_dir


def _add_finish_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--finish",
        metavar="DATA_DIR",
        help="complete the data set of a job that has ended after its launcher "
        "was lost; takes no other flag",
    )


def _config_and_source(
    argv: list[str] | None,
) -> tuple[str | None, type[Source], dict[str, Any]]:
    """Returns the file of `--config`, the source, and the file's values.

    Parsed first: the file has the defaults of flags, and each source adds its
    own flags.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM, add_help=False, allow_abbrev=False
    )
    add_config_argument(parser)
    SourceOption.add_arguments(parser, source=None)
    args, _ = parser.parse_known_args(argv)
    stored = read_config(args.config) if args.config else {}
    name = args.source or stored.get("source")
    selected = SourceOption(name) if name else SourceOption()
    return args.config, SOURCES[selected.source], stored
