"""Prepares a data set: tables and photos in, TFRecords and manifest out."""

from beam_jobs import quiet  # noqa: F401  # isort: skip

import argparse
import importlib.metadata
from collections.abc import Iterable
from typing import Any

from apache_beam.io.filesystems import FileSystems

from beam_jobs.options import check_paths
from beam_jobs.preparation.flags import config_of
from beam_jobs.preparation.flags import parse_flags
from beam_jobs.preparation.pipeline import PrepareConfig
from beam_jobs.preparation.pipeline import build
from beam_jobs.preparation.rejections import CHOICES
from beam_jobs.preparation.rejections import FATAL
from beam_jobs.preparation.stage_photos import STAGING
from beam_jobs.preparation.summary import read_summary
from beam_jobs.progress import bytes_written
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline
from beam_jobs.sources import SOURCES
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import Source
from records import layout
from records.errors import UserError
from records.errors import run_command
from records.manifest import Manifest

WRITTEN = (
    layout.MANIFEST,  # Goes first: a data set that lacks files has none.
    layout.SCHEMA,
    layout.ANOMALIES,
    layout.STATISTICS_PAGE,
    layout.SKEW,
    layout.IDENTICAL_PHOTOS,
    "summary.json",
    "items/*.tfrecord.gz",
    "triples/*.tfrecord.gz",
    "users/*.tfrecord.gz",
    "vocab/*.txt",
    "statistics/*.tfrecord",
    "rejected/**",
)
"""What a data set may consist of."""


def main(argv: list[str] | None = None) -> None:
    """Runs the job; see `--help`.

    Raises:
        UserError: If the input or the options are wrong, or too many rows
            had to be left out.
    """
    args, options = parse_flags(argv)
    config = config_of(args)
    paths = ("data_dir", *SOURCES[args.source].path_flags)
    check_paths(options, {f"--{one}": getattr(args, one) for one in paths})
    source = open_source(args, config)
    _clear(args.data_dir, args.if_exists)
    _make(args.data_dir)
    with bytes_written(args.data_dir, "prepare: written"):
        pipeline = new_pipeline(options)
        summary_path = build(pipeline, source, config)
        run_pipeline(pipeline)
    summary = read_summary(summary_path)
    FileSystems.delete([summary_path])
    _delete_staging(args.data_dir)
    _check_rejected(summary, args.max_rejected, args.data_dir)
    _check_counts(summary["counts"], args)
    manifest = Manifest(
        image_size=args.image_size,
        resize=args.resize,
        options={
            name: value
            for name, value in vars(args).items()
            if name != "data_dir"
        },
        versions={
            name: importlib.metadata.version(name)
            for name in ("apache-beam", "pillow", "pyarrow", "tensorflow")
        },
        **summary,
    )
    manifest.write(args.data_dir)
    print(_closing_line(manifest, args.data_dir))


def open_source(args: argparse.Namespace, config: PrepareConfig) -> Source:
    """Opens the source that the flags name.

    Raises:
        UserError: If its files are missing or wrong, or it lacks the times
            that the flags ask for.
    """
    source = SOURCES[args.source].open(args)
    if config.window.needs_times and not source.has_times:
        raise UserError(
            f"--split {args.split}, --start_time and --end_time need the times "
            "of interactions; name their column with --time_column"
        )
    return source


def _clear(data_dir: str, if_exists: str) -> None:
    """Makes sure that nothing of an earlier job is left.

    What a job left that did not come to its end is no data set and goes
    without asking. Deletes only what `prepare` and `validate` write: the
    folder may hold the tables that are about to be read.
    """
    if set(data_dir) & set("*?["):
        raise UserError(
            f"--data_dir {data_dir} must hold none of *?[, which mean patterns"
        )
    if if_exists == "fail" and _files(data_dir, [layout.MANIFEST]):
        raise UserError(
            f"{data_dir} holds a data set; give another --data_dir, or "
            "--if_exists=overwrite to replace it"
        )
    FileSystems.delete(_files(data_dir, WRITTEN))
    _delete_staging(data_dir)


def _delete_staging(data_dir: str) -> None:
    if _files(data_dir, [f"{STAGING}/*"]):
        # Object stores take a name that ends so for all that is below.
        FileSystems.delete([layout.join(data_dir, STAGING, "")])


def _make(data_dir: str) -> None:
    """Makes a folder that each job fills, to fail before any work is done."""
    folder = layout.join(data_dir, "rejected")
    try:
        if not FileSystems.exists(folder):
            FileSystems.mkdirs(folder)
    except Exception as error:  # Each file system raises its own type.
        raise UserError(
            f"--data_dir {data_dir} cannot be written to: {error}"
        ) from error


def _files(data_dir: str, patterns: Iterable[str]) -> list[str]:
    try:
        matches = FileSystems.match(
            [layout.join(data_dir, pattern) for pattern in patterns]
        )
    except Exception:  # Each file system raises its own type: nothing there.
        return []
    return [found.path for match in matches for found in match.metadata_list]


def _check_rejected(
    summary: dict[str, Any], max_rejected: float, data_dir: str
) -> None:
    for table, reasons in summary["rejected"].items():
        for reason in FATAL:
            if reason in reasons:
                raise UserError(
                    f"a file of the {table} table cannot be read to its end, "
                    f"see {reason} in {data_dir}/rejected; get a whole one"
                )
        bad = {one: n for one, n in reasons.items() if one not in CHOICES}
        # Items and photos may be rows of the interactions table.
        rows = summary["rows"].get(table) or summary["rows"][INTERACTIONS]
        if sum(bad.values()) > max_rejected * rows:
            listed = ", ".join(f"{n} {name}" for name, n in bad.items())
            raise UserError(
                f"{sum(bad.values())} of {rows} rows of the {table} table are "
                f"bad ({listed}), more than --max_rejected={max_rejected:g}; "
                f"each is explained in {data_dir}/rejected"
            )


def _check_counts(counts: dict[str, int], args: argparse.Namespace) -> None:
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
            f"{args.min_items}; {seen}"
        )
    for split in layout.SPLITS:
        if not counts[split]:
            raise UserError(
                f"--split {args.split} leaves no {split} interactions; {seen}, "
                "or hold out other times, a larger share, or another --seed"
            )


def _closing_line(manifest: Manifest, data_dir: str) -> str:
    counts = manifest.counts
    rejected = sum(
        number
        for reasons in manifest.rejected.values()
        for number in reasons.values()
    )
    return (
        f"prepared {counts['items']} items and {counts['train']} training "
        f"triples of {counts['users']} users into {data_dir} ({rejected} rows "
        f"left out, each explained in {data_dir}/rejected); next: "
        f"python -m beam_jobs.validate --data_dir {data_dir}"
    )


if __name__ == "__main__":
    run_command(main)
