"""Command line of `prepare`: tables and photos to TFRecords and manifest."""

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
from beam_jobs.prepare.dataset_dir import STAGED
from beam_jobs.prepare.dataset_dir import data_folder
from beam_jobs.prepare.flags import PrepareOptions
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.hot_keys import hot_lines
from beam_jobs.prepare.pipeline import PrepareConfig
from beam_jobs.prepare.pipeline import build
from beam_jobs.prepare.pipeline import max_shards
from beam_jobs.prepare.pseudonyms import HASHED_EMAILS
from beam_jobs.prepare.rejections import CHOICES
from beam_jobs.prepare.rejections import FATAL
from beam_jobs.prepare.rejections import LISTED
from beam_jobs.prepare.rejections import example_of
from beam_jobs.prepare.summary import cutout_lines
from beam_jobs.prepare.summary import emails_line
from beam_jobs.prepare.summary import kept_line
from beam_jobs.prepare.summary import read_summary
from beam_jobs.prepare.summary import times_lines
from beam_jobs.prepare.summary import unused_line
from beam_jobs.prepare.triple_form import form_line
from beam_jobs.prepare.triple_form import form_of_counts
from beam_jobs.prepare.url_secrets import without_secrets
from beam_jobs.progress import bytes_written
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline
from beam_jobs.sources import SOURCES
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.event_log import EventLog
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source

_logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Runs the data preparation job; see `--help`.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Raises:
        UserError: If the input or a flag is invalid, or more than
            `--max_rejected` of the rows of a table are bad.
    """
    args, options = parse_flags(argv)
    manifest, notes = _prepare(args, options)
    for line in (*notes, _closing_line(manifest, args.data_dir)):
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
    _log_shard_limit(source, config)
    folder = data_folder(args.data_dir)
    folder.require_empty_or_owned(args.if_exists)
    # Built before files are deleted, because Beam may reject its flags.
    pipeline = new_pipeline(options)
    summary_path = build(pipeline, source, config, log)
    folder.begin()
    with bytes_written(args.data_dir, "prepare: written"):
        run_pipeline(pipeline)
    summary = read_summary(summary_path)
    dropped_users = summary.pop("dropped_users")
    hashed_emails = summary.pop(HASHED_EMAILS)
    folder.delete(*STAGED)
    _check_read(summary["rejected"], args.data_dir)
    _check_rejected(summary, args.max_rejected, args.data_dir)
    _check_counts(summary["counts"], args)
    manifest = Manifest(
        image_size=args.image_size,
        resize=args.resize,
        background=args.background,
        options=_recorded(args),
        versions={
            name: importlib.metadata.version(name)
            for name in ("apache-beam", "pillow", "pyarrow", "tensorflow")
        },
        **summary,
        triples=form_of_counts(args.triples, summary["counts"]),
    )
    manifest.write(args.data_dir)
    folder.finish()
    return manifest, [
        *source.notes,
        *times_lines(manifest.times),
        *cutout_lines(manifest.cutouts),
        kept_line(
            manifest.counts["users"], dropped_users, args.min_user_interactions
        ),
        *emails_line(hashed_emails),
        *hot_lines(manifest.hot_keys),
        form_line(args.triples, manifest.counts),
        *unused_line(source.unused_columns),
    ]


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
        if getattr(args, name) is not None and not source.has_weights:
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


def _check_read(rejected: dict[str, dict[str, int]], data_dir: str) -> None:
    for table, reasons in rejected.items():
        for reason in FATAL:
            if reason in reasons:
                raise UserError(
                    f"a file of the {table} table is cut short or damaged, see "
                    f"{reason} in {data_dir}/rejected; replace the file"
                )


def _check_rejected(
    summary: dict[str, Any], max_rejected: float, data_dir: str
) -> None:
    # Ordered by cause: an item without a photo is rejected, and then so are
    # its interactions.
    for table in (PHOTOS, ITEMS, EVENTS, INTERACTIONS):
        reasons = summary["rejected"].get(table, {})
        bad = {one: n for one, n in reasons.items() if one not in CHOICES}
        # One table may hold the interactions and also the items or photos.
        rows = summary["rows"].get(table) or summary["rows"][INTERACTIONS]
        if sum(bad.values()) > max_rejected * rows:
            listed = ", ".join(f"{n} {name}" for name, n in bad.items())
            example = example_of(
                data_dir, table, max(bad, key=lambda name: bad[name])
            )
            advice = ", set --time_format" if "bad_time" in bad else ""
            raise UserError(
                f"{sum(bad.values())} of {rows} rows of the {table} table are "
                f"bad ({listed}), more than --max_rejected={max_rejected:g}"
                f"{example}; correct them, see {data_dir}/rejected{advice}, or "
                "raise the limit"
            )


def _check_counts(counts: dict[str, int], args: PrepareOptions) -> None:
    seen = f"see {args.data_dir}/rejected"
    if not counts["users"]:
        raise UserError(
            f"no user has {args.min_user_interactions} interactions with "
            f"items that have a photo; {seen}, or lower "
            "--min_user_interactions"
        )
    if counts["items"] < args.min_items:
        raise UserError(
            f"only {counts['items']} items are left, fewer than --min_items="
            f"{args.min_items}; {seen}, or lower --min_items"
        )
    for split in paths.SPLITS:
        if not counts[split]:
            raise UserError(
                f"--split {args.split} leaves no {split} interactions; {seen}, "
                "or change the dates, --new_item_share or --seed"
            )


def _closing_line(manifest: Manifest, data_dir: str) -> str:
    counts = manifest.counts
    rejected: Counter[bool] = Counter()  # By whether it was a choice.
    for reasons in manifest.rejected.values():
        for reason, number in reasons.items():
            rejected[reason in CHOICES] += number
    first = f", the first {LISTED:,} of each reason listed in "
    listed = f"{first}{data_dir}/rejected" if rejected else ""
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
