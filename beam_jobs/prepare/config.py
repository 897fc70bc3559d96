"""Validates the flags of `prepare` and builds the configuration."""

import datetime
import math

from atelier.io.errors import UserError
from beam_jobs.prepare.clean_interactions import InteractionFilter
from beam_jobs.prepare.decode_images import PhotoConfig
from beam_jobs.prepare.flags import PrepareOptions
from beam_jobs.prepare.parse_times import TIME_FORMATS
from beam_jobs.prepare.parse_times import parse_time
from beam_jobs.prepare.photo_hosts import PhotoHosts
from beam_jobs.prepare.pipeline import PrepareConfig
from beam_jobs.prepare.pseudonyms import NO_KEY
from beam_jobs.prepare.pseudonyms import read_key
from beam_jobs.prepare.split import LastSplit
from beam_jobs.prepare.split import NewItemsSplit
from beam_jobs.prepare.split import RandomSplit
from beam_jobs.prepare.split import Split
from beam_jobs.prepare.split import TimeSplit

MB = 1 << 20
_OF_SPLIT = {
    "validation_from": "time",
    "test_from": "time",
    "new_item_share": "new_items",
}
"""Value of `--split` that each split-specific flag requires."""


def config_of(args: PrepareOptions) -> PrepareConfig:
    """Builds the configuration of the job from parsed flags.

    Args:
        args: Parsed flags.

    Raises:
        UserError: If a value is out of its range, or flags contradict each
            other.
    """
    _check_ranges(args)
    if (
        getattr(args.of_source, "mask_column", None)
        and args.background != "white"
    ):
        raise UserError(
            "--mask_column applies only to --background white, got "
            f"--background {args.background}; remove the flag or add "
            "--background white"
        )
    split = _split(args)
    window = _window(args, split)
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
            hosts=_photo_hosts(args.photo_hosts),
            background=args.background,
        ),
        window=window,
        min_user_interactions=args.min_user_interactions,
        min_item_interactions=args.min_item_interactions,
        split=split,
        min_shards=args.min_shards,
        shard_bytes=args.shard_mb * MB,
        triples=args.triples,
        email_key=_email_key(args),
    )


def check_time_format(time_format: str) -> None:
    """Checks the format of the times of interactions.

    Raises:
        UserError: If it is neither one of `TIME_FORMATS` nor a valid pattern.
    """
    if time_format in TIME_FORMATS:
        return
    if "%" not in time_format:
        raise UserError(
            f"--time_format must be one of {', '.join(TIME_FORMATS)}, or a "
            f"pattern such as %d/%m/%Y, got {time_format}"
        )
    try:
        now = datetime.datetime.now(datetime.UTC).strftime(time_format)
        datetime.datetime.strptime(now, time_format)
    except ValueError as error:
        raise UserError(
            f"--time_format {time_format} is not a valid pattern: {error}"
        ) from error


def _check_ranges(args: PrepareOptions) -> None:
    for name in ("photo_timeout", "start_timeout"):
        seconds = getattr(args, name)
        if not 0 < seconds < math.inf:
            raise UserError(
                f"--{name} must be a positive number of seconds, got {seconds}"
            )
    if not 0 <= args.max_rejected <= 1:
        raise UserError(
            "--max_rejected must be a fraction from 0 to 1, got "
            f"{args.max_rejected}"
        )
    for name in ("min_weight", "owned_weight"):
        weight = getattr(args, name)
        if weight is not None and not math.isfinite(weight):
            raise UserError(f"--{name} must be a finite number, got {weight}")


def _email_key(args: PrepareOptions) -> bytes | None:
    if args.email_users == "hash":
        return read_key(args.email_key_file) if args.email_key_file else NO_KEY
    if args.email_key_file is not None:
        raise UserError(
            "--email_key_file applies only to --email_users hash, got "
            f"--email_users {args.email_users}; remove one of them"
        )
    return None


def _photo_hosts(text: str | None) -> PhotoHosts:
    try:
        return PhotoHosts() if text is None else PhotoHosts.parse(text)
    except ValueError as error:
        raise UserError(f"--photo_hosts {text}: {error}") from error


def _window(args: PrepareOptions, split: Split) -> InteractionFilter:
    start, end = (_time(args, name) for name in ("start_time", "end_time"))
    if start is not None and end is not None and start >= end:
        raise UserError(
            f"--start_time {args.start_time} must be before --end_time "
            f"{args.end_time}"
        )
    return InteractionFilter(
        start=start,
        end=end,
        min_weight=args.min_weight,
        needs_times=split.needs_times or start is not None or end is not None,
        keeps_negatives=args.negative_weights == "negative",
    )


def _split(args: PrepareOptions) -> Split:
    for name, split in _OF_SPLIT.items():
        if getattr(args, name) is not None and args.split != split:
            raise UserError(
                f"--{name} applies only to --split {split}, got --split "
                f"{args.split}; remove the flag or change the split"
            )
    if args.split == "random":
        return RandomSplit(args.seed)
    if args.split == "last":
        return LastSplit(args.seed)
    if args.split == "time":
        return _time_split(args)
    share = args.new_item_share or 0.0  # `parse_flags` sets the default.
    if not 0 < share < 0.5:
        raise UserError(
            f"--new_item_share must be above 0 and below 0.5, got {share}"
        )
    return NewItemsSplit(share, args.seed)


def _time_split(args: PrepareOptions) -> Split:
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


def _time(args: PrepareOptions, name: str) -> int | None:
    text = getattr(args, name)
    try:
        time = parse_time(text)
    except ValueError as error:
        today = datetime.date.today()
        raise UserError(
            f"--{name} must be a date, an ISO 8601 time or seconds since 1970, "
            f"got {text} ({error}); example: {today}"
        ) from error
    return time and time.seconds
