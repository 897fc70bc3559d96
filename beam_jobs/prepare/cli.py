"""Command line of `prepare`: tables and photos to TFRecords and manifest."""

import dataclasses
import importlib.metadata
import logging
from collections import Counter
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from atelier.cli.commands import command_text
from atelier.cli.flags import flag_text
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.prepare.config import check_time_format
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.dataset_dir import STARTED
from beam_jobs.prepare.dataset_dir import data_folder
from beam_jobs.prepare.finish import Launch
from beam_jobs.prepare.finish import finish
from beam_jobs.prepare.flags import PrepareOptions
from beam_jobs.prepare.flags import finish_argument
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.pipeline import PrepareConfig
from beam_jobs.prepare.pipeline import build
from beam_jobs.prepare.pipeline import max_shards
from beam_jobs.prepare.rejections import CHOICES
from beam_jobs.prepare.rejections import LISTED
from beam_jobs.prepare.url_secrets import without_secrets
from beam_jobs.progress import bytes_written
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline
from beam_jobs.sources import SOURCES
from beam_jobs.sources.event_log import EventLog
from beam_jobs.sources.source import Source

_RECORDED_VERSIONS = ("apache-beam", "pillow", "pyarrow", "tensorflow")
_OPENED = (
    "events: users do not own the items that they only opened; --owned_weight "
    "sets the weight from which on they do"
)
_logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Runs the data preparation job; see `--help`.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Raises:
        UserError: If the input or a flag is invalid, or more than
            `--max_rejected` of the rows of a table are bad.
    """
    data_dir = finish_argument(argv)
    if data_dir is None:
        args, options = parse_flags(argv)
        data_dir = args.data_dir
        manifest, notes = _prepare(args, options)
    else:
        manifest, notes = finish(data_dir)
    for line in (*notes, _closing_line(manifest, data_dir)):
        print(line)


def prepare_dataset(data_dir: str, **flags: Any) -> Manifest:
    """Prepares a data set in Python; logs how ambiguous values were read.

    Args:
        data_dir: Folder or URI of the data set.
        **flags: Other flags of `python -m beam_jobs.prepare`, such as
            `interactions="log.csv"`; None stands for the default.

    Returns:
        The manifest of the data set.

    Raises:
        UserError: As `main`.
    """
    flags = {"data_dir": data_dir, **flags}
    argv = [
        flag_text(name, value)
        for name, value in flags.items()
        if value is not None
    ]
    manifest, notes = _prepare(*parse_flags(argv))
    for line in notes:
        _logger.info(line)
    return manifest


def _prepare(
    args: PrepareOptions, options: PipelineOptions
) -> tuple[Manifest, list[str]]:
    """Runs the job of parsed flags; returns notes on how it read the tables."""
    config = config_of(args)
    source = open_source(args, config)
    log = open_events(args)
    notes = list(source.notes)
    if log and args.owned_weight is None and log.owned_weight is not None:
        args = dataclasses.replace(args, owned_weight=log.owned_weight)
        notes.append(_OPENED)
    _log_shard_limit(source, config)
    folder = data_folder(args.data_dir)
    folder.require_empty_or_owned(args.if_exists)
    # Built before files are deleted, because Beam may reject its flags.
    pipeline = new_pipeline(options)
    build(pipeline, source, config, log)
    folder.begin()
    Launch(
        _recorded(args),
        {name: importlib.metadata.version(name) for name in _RECORDED_VERSIONS},
        notes,
        list(source.unused_columns),
    ).write(args.data_dir)
    with bytes_written(args.data_dir, "prepare: written"):
        run_pipeline(
            pipeline, paths.join(args.data_dir, STARTED), args.start_timeout
        )
    return finish(args.data_dir)


def _recorded(args: PrepareOptions) -> dict[str, Any]:
    """Returns the flags of the job as the manifest records them."""
    return {
        name: without_secrets(value) if isinstance(value, str) else value
        for name, value in {**vars(args), **vars(args.of_source)}.items()
        if name not in ("data_dir", "of_source")
    }


def open_source(args: PrepareOptions, config: PrepareConfig) -> Source:
    """Opens the data source that `--source` selects.

    Args:
        args: Parsed flags.
        config: Configuration of the job, built from the same flags.

    Raises:
        UserError: If its files are missing or invalid, it lacks times or
            weights that the flags require, or its time format is invalid.
    """
    source = SOURCES[args.source].open(args.of_source)
    check_time_format(source.time_format)
    if config.window.needs_times and not source.has_times:
        raise UserError(
            f"--split {args.split}, --start_time and --end_time need the times "
            "of interactions; name their column with --time_column"
        )
    for name in ("min_weight", "owned_weight"):
        has_weights = source.has_weights or args.events is not None
        if getattr(args, name) is not None and not has_weights:
            raise UserError(
                f"--{name} needs the weights of interactions; name their "
                "column with --weight_column"
            )
    return source


def _log_shard_limit(source: Source, config: PrepareConfig) -> None:
    limit = max_shards(source)
    if limit is not None and limit < config.min_shards:
        _logger.warning(
            f"--min_shards {config.min_shards} becomes {limit}, the number of "
            "parts of the table that holds the photos, because each part is "
            "read once; for more, write it in more row groups"
        )


def open_events(args: PrepareOptions) -> EventLog | None:
    """Opens the event log that `--events` names, None without that flag.

    Args:
        args: Parsed flags.

    Raises:
        UserError: If no file matches, or the weights are invalid or without a
            log.
    """
    if args.events is not None:
        return EventLog.open(args.events, args.event_weights)
    if args.event_weights is not None:
        raise UserError(
            "--event_weights applies only to an event log; name it with "
            "--events, or remove the flag"
        )
    return None


def _closing_line(manifest: Manifest, data_dir: str) -> str:
    counts = manifest.counts
    rejected: Counter[bool] = Counter()  # By whether it was a choice.
    most = 0
    for reasons in manifest.rejected.values():
        for reason, number in reasons.items():
            rejected[reason in CHOICES] += number
            most = max(most, number)
    first = f"the first {LISTED:,} of each reason " if most > LISTED else ""
    listed = f", {first}listed in {data_dir}/rejected" if rejected else ""
    run_dir = paths.beside(data_dir, "recommender")
    train = command_text(
        "train recommender", "--data_dir", data_dir, "--run_dir", run_dir
    )
    return (
        f"prepared {counts['items']} items and {counts['train']} training "
        f"interactions of {counts['users']} users into {data_dir} "
        f"({rejected[False]} rows with errors, {rejected[True]} left out by "
        f"the flags{listed}); next: {train}"
    )
