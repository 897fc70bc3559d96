"""The pipeline of `prepare`, put together from its steps."""

import dataclasses
from collections.abc import Callable
from typing import Any

import apache_beam as beam

from beam_jobs import catalogue
from beam_jobs import interactions
from beam_jobs import summary
from beam_jobs.rejections import Rejection
from beam_jobs.tables import ReadRows
from beam_jobs.tables import Table
from records import layout


@dataclasses.dataclass(frozen=True)
class Inputs:
    """The tables, and the columns to read.

    Attributes:
        interactions: Who took what.
        items: The catalogue.
        photos: Photos or their paths.
        user_column: Column of `interactions`.
        item_column: Column of all three.
        category_column: Column of `items`; None for no categories.
        photo_column: Column of `photos` and what it holds.
    """

    interactions: Table
    items: Table
    photos: Table
    user_column: str
    item_column: str
    category_column: str | None
    photo_column: catalogue.PhotoColumn

    @property
    def may_repeat(self) -> tuple[str, ...]:
        """Names the tables that are the interactions table as well."""
        others = {"items": self.items, "photos": self.photos}
        return tuple(
            name
            for name, table in others.items()
            if table.pattern == self.interactions.pattern
        )


@dataclasses.dataclass(frozen=True)
class PrepareConfig:
    """What to make of the tables.

    Attributes:
        data_dir: Where the data set goes.
        image_size: Side of the written photos, in pixels.
        max_pixels: Photos that declare more are rejected.
        min_user_interactions: Users with fewer are left out.
        seed: Seed of the split.
        num_shards: Number of item and of user shards, and of triple shards of
            a split.
    """

    data_dir: str
    image_size: int
    max_pixels: int
    min_user_interactions: int
    seed: int
    num_shards: int


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """What a part of the pipeline has to say.

    Attributes:
        written: What it wrote: `KeptItem` or `WrittenTriple`.
        rejections: Collections of `Rejection`.
        row_counts: Collections of (key, 1), one a row that was read.
    """

    written: beam.PCollection
    rejections: list[beam.PCollection]
    row_counts: list[beam.PCollection]


def build(
    pipeline: beam.Pipeline, inputs: Inputs, config: PrepareConfig
) -> str:
    """Adds every step of `prepare` to a pipeline.

    Args:
        pipeline: An empty pipeline.
        inputs: What to read.
        config: What to make of it.

    Returns:
        The path of the summary that the pipeline will write.
    """
    shards = pipeline | "Shards" >> beam.Create(
        [(shard, None) for shard in range(config.num_shards)]
    )
    items = _write_items(pipeline, inputs, config, shards)
    triples, users = _write_triples(
        pipeline, inputs, config, shards, items.written
    )
    rejections = (
        *items.rejections,
        *triples.rejections,
    ) | "All rejections" >> beam.Flatten()
    _ = (
        rejections
        | "Rejection to JSON" >> beam.Map(Rejection.to_json)
        | "Write rejected"
        >> beam.io.WriteToText(
            layout.join(config.data_dir, "rejected", "rejected"),
            file_name_suffix=".jsonl",
        )
    )
    counts = (
        *items.row_counts,
        *triples.row_counts,
        rejections | "Count rejected" >> beam.Map(summary.count_rejection),
        triples.written | "Count triples" >> beam.Map(summary.count_triple),
        *_write_vocabularies(config.data_dir, items.written, users),
    ) | "All counts" >> beam.Flatten()
    hashes = (
        items.written | "Item hashes" >> beam.Map(summary.hash_of),
        triples.written | "Triple hashes" >> beam.Map(summary.hash_of),
        _write_users(config, shards, users),
    ) | "All hashes" >> beam.Flatten()
    path = layout.join(config.data_dir, "summary.json")
    _ = counts | "Summary" >> summary.WriteSummary(path, hashes)
    return path


def _write_items(
    pipeline: beam.Pipeline,
    inputs: Inputs,
    config: PrepareConfig,
    shards: beam.PCollection,
) -> _Outcome:
    photo = inputs.photo_column
    path_column = None if photo.holds_bytes else photo.name
    item_columns = [inputs.item_column, *_given(inputs.category_column)]
    photo_columns = [inputs.item_column, *_given(path_column)]
    item_rows = pipeline | "Read items" >> ReadRows(inputs.items, item_columns)
    photo_rows = pipeline | "Read photo addresses" >> ReadRows(
        inputs.photos, photo_columns
    )
    items, bad_items = item_rows | "Key items" >> _or_reject(
        catalogue.keyed_item, inputs.item_column, inputs.category_column
    )
    photos, bad_photos = photo_rows | "Key photos" >> _or_reject(
        catalogue.keyed_photo, inputs.item_column, path_column
    )
    joined, unjoined = (
        {"items": items, "photos": photos}
        | "Group by item" >> beam.CoGroupByKey()
        | "Join photo" >> _or_reject(catalogue.join_photo, inputs.may_repeat)
    )
    placed = joined | "Assign shard" >> beam.ParDo(
        catalogue.AssignShard(
            inputs.photos.chunks, photo.holds_bytes, config.num_shards
        )
    )
    kept, undecoded = (
        {"items": placed, "shards": shards}
        | "Group by shard" >> beam.CoGroupByKey()
        | "Write items"
        >> beam.ParDo(
            catalogue.WriteItems(
                config.data_dir,
                config.num_shards,
                photo,
                config.image_size,
                config.max_pixels,
            )
        ).with_outputs(catalogue.REJECTED, main="kept")
    )
    return _Outcome(
        kept,
        [bad_items, bad_photos, unjoined, undecoded],
        [_count(item_rows, "items"), _count(photo_rows, "photos")],
    )


def _write_triples(
    pipeline: beam.Pipeline,
    inputs: Inputs,
    config: PrepareConfig,
    shards: beam.PCollection,
    kept: beam.PCollection,
) -> tuple[_Outcome, beam.PCollection]:
    rows = pipeline | "Read interactions" >> ReadRows(
        inputs.interactions, [inputs.user_column, inputs.item_column]
    )
    keyed, bad = rows | "Key interactions" >> _or_reject(
        interactions.keyed_interaction, inputs.user_column, inputs.item_column
    )
    takers, repeats = (
        keyed
        | "Group repeats" >> beam.GroupByKey()
        | "Drop repeats" >> _or_reject(interactions.first_interaction)
    )
    known, unknown = (
        {
            "takers": takers,
            "shards": kept | "Shard of item" >> beam.Map(catalogue.shard_of),
        }
        | "Group takers by item" >> beam.CoGroupByKey()
        | "Join item" >> _or_reject(interactions.join_item)
    )
    split, users, too_few = (
        known
        | "Group by user" >> beam.GroupByKey()
        | "Split users"
        >> beam.ParDo(
            interactions.SplitUser(config.min_user_interactions, config.seed)
        ).with_outputs(
            interactions.USERS, catalogue.REJECTED, main="interactions"
        )
    )
    written = (
        {"interactions": split, "shards": shards}
        | "Group triples by shard" >> beam.CoGroupByKey()
        | "Write triples"
        >> beam.ParDo(
            interactions.WriteTriples(config.data_dir, config.num_shards)
        )
    )
    outcome = _Outcome(
        written,
        [bad, repeats, unknown, too_few],
        [_count(rows, "interactions")],
    )
    return outcome, users


def _write_users(
    config: PrepareConfig, shards: beam.PCollection, users: beam.PCollection
) -> beam.PCollection:
    """Writes the users and returns the hashes of their records."""
    keyed = users | "Shard of user" >> beam.Map(
        interactions.keyed_user, config.num_shards
    )
    return (
        {"users": keyed, "shards": shards}
        | "Group users by shard" >> beam.CoGroupByKey()
        | "Write users"
        >> beam.ParDo(
            interactions.WriteUsers(config.data_dir, config.num_shards)
        )
    )


def _write_vocabularies(
    data_dir: str, kept: beam.PCollection, users: beam.PCollection
) -> list[beam.PCollection]:
    """Writes `vocab/` and returns how many ids each file has."""
    ids = {
        "items": kept | "Item ids" >> beam.Map(catalogue.item_id_of),
        "categories": kept | "Categories" >> beam.Map(catalogue.category_of),
        "users": users | "User ids" >> beam.Map(interactions.user_id_of),
    }
    return [
        collection
        | f"Vocabulary of {name}"
        >> summary.WriteVocabulary(layout.vocabulary(data_dir, name), name)
        for name, collection in ids.items()
    ]


def _or_reject(step: Callable[..., Any], *args: Any) -> beam.PTransform:
    """Maps with a generator whose rejections go to an output of their own."""
    return beam.FlatMap(step, *args).with_outputs(
        catalogue.REJECTED, main="kept"
    )


def _count(rows: beam.PCollection, table: str) -> beam.PCollection:
    return rows | f"Count {table}" >> beam.Map(summary.count_row, table)


def _given(column: str | None) -> list[str]:
    return [] if column is None else [column]
