"""Prepares a data set: tables and photos in, TFRecords and manifest out."""

from beam_jobs import quiet  # noqa: F401  # isort: skip

import argparse
import importlib.metadata
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.io.filesystems import FileSystems

from beam_jobs.catalogue import PhotoColumn
from beam_jobs.pipeline import Inputs
from beam_jobs.pipeline import PrepareConfig
from beam_jobs.pipeline import build
from beam_jobs.prepare_flags import parse_flags
from beam_jobs.progress import bytes_written
from beam_jobs.rejections import TOO_FEW
from beam_jobs.summary import read_summary
from beam_jobs.tables import Table
from beam_jobs.tables import open_table
from records import layout
from records.errors import UserError
from records.errors import run_command
from records.manifest import Manifest

WRITTEN = (
    layout.MANIFEST,  # Goes first: a data set that lacks files has none.
    layout.SCHEMA,
    layout.ANOMALIES,
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
    inputs = _open_inputs(args)
    _clear(args.data_dir, args.if_exists)
    _make(args.data_dir)
    config = PrepareConfig(
        data_dir=args.data_dir,
        image_size=args.image_size,
        min_user_interactions=args.min_user_interactions,
        seed=args.seed,
        num_shards=min(args.num_shards, len(inputs.photos.chunks))
        if inputs.photo_column.holds_bytes
        else args.num_shards,
        max_pixels=args.max_pixels,
    )
    with bytes_written(args.data_dir, "prepare: written"):
        pipeline = beam.Pipeline(options=options)
        summary_path = build(pipeline, inputs, config)
        pipeline.run().wait_until_finish()
    summary = read_summary(summary_path)
    FileSystems.delete([summary_path])
    _check_share(summary, args.max_rejected, args.data_dir)
    manifest = Manifest(
        image_size=config.image_size,
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
    if not manifest.counts["users"]:
        raise UserError(
            f"no user has {args.min_user_interactions} interactions with "
            f"items that have a photo; see {args.data_dir}/rejected, or lower "
            "--min_user_interactions"
        )
    manifest.write(args.data_dir)
    print(_closing_line(manifest, args.data_dir))


def _open_inputs(args: argparse.Namespace) -> Inputs:
    item = {args.item_column: "--item_column"}
    user = {args.user_column: "--user_column"}
    photo = {args.photo_column: "--photo_column"}
    category = (
        {args.category_column: "--category_column"}
        if args.category_column
        else {}
    )
    photos = open_table(args.photos, {**item, **photo})
    interactions = open_table(args.interactions, {**user, **item})
    items = open_table(args.items, {**item, **category})
    _check_ids(interactions, args.user_column)
    for table in (interactions, items, photos):
        _check_ids(table, args.item_column)
    return Inputs(
        interactions=interactions,
        items=items,
        photos=photos,
        user_column=args.user_column,
        item_column=args.item_column,
        category_column=args.category_column,
        photo_column=_photo_column(photos, args),
    )


def _check_ids(table: Table, column: str) -> None:
    """Refuses what has no one spelling: 1.0 is not the 1 of another table."""
    kind = table.types[column]
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (_is_text(kind) or pa.types.is_integer(kind)):
        raise UserError(
            f"column {column!r} of {table.pattern} holds {kind}; ids are "
            "strings or integers"
        )


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _photo_column(photos: Table, args: argparse.Namespace) -> PhotoColumn:
    kind = photos.types[args.photo_column]
    holds_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if not (holds_bytes or _is_text(kind)):
        raise UserError(
            f"column {args.photo_column!r} of {args.photos} holds {kind}; "
            "photos are bytes, or strings that name a file"
        )
    root = args.photo_root or FileSystems.split(args.photos)[0]
    return PhotoColumn(args.photo_column, holds_bytes, root)


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


def _check_share(
    summary: dict[str, Any], max_rejected: float, data_dir: str
) -> None:
    for table, reasons in summary["rejected"].items():
        bad = {name: n for name, n in reasons.items() if name != TOO_FEW}
        rows = summary["rows"][table]
        if sum(bad.values()) > max_rejected * rows:
            listed = ", ".join(f"{n} {name}" for name, n in bad.items())
            raise UserError(
                f"{sum(bad.values())} of {rows} rows of the {table} table are "
                f"bad ({listed}), more than --max_rejected={max_rejected:g}; "
                f"each is explained in {data_dir}/rejected"
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
