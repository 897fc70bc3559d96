"""The pipeline of `prepare`, put together from its steps."""

import dataclasses
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from beam_jobs import catalogue
from beam_jobs import interactions
from beam_jobs import stage_photos
from beam_jobs import summary
from beam_jobs import write_records
from beam_jobs.core import FindCore
from beam_jobs.identical_photos import WriteIdenticalPhotos
from beam_jobs.read_rows import ROWS
from beam_jobs.read_rows import ReadRows
from beam_jobs.rejections import REJECTED
from beam_jobs.rejections import Rejection
from beam_jobs.shards import JPEG_BYTES_PER_PIXEL
from beam_jobs.shards import shards_for
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source
from beam_jobs.split import Split
from records import layout


@dataclasses.dataclass(frozen=True)
class PrepareConfig:
    """What to make of a source.

    Attributes:
        data_dir: Where the data set goes.
        photos: How photos are read and what becomes of them.
        window: Which interactions count.
        min_user_interactions: Users with fewer are left out.
        min_item_interactions: Items with fewer are left out.
        split: What is held out.
        min_shards: Shards of items, users and each split, at least.
        shard_bytes: Size above which there are more of them.
    """

    data_dir: str
    photos: stage_photos.PhotoConfig
    window: interactions.Window
    min_user_interactions: int
    min_item_interactions: int
    split: Split
    min_shards: int
    shard_bytes: int


@dataclasses.dataclass
class _Outcome:
    """What the steps have to say beside the records.

    Attributes:
        rejections: Collections of `Rejection`.
        counts: Collections of (key, count).
    """

    rejections: list[beam.PCollection]
    counts: list[beam.PCollection]

    def kept(self, outputs: Any, main: str) -> beam.PCollection:
        """Returns the main output of a step and notes its rejections."""
        self.rejections.append(outputs[REJECTED])
        return outputs[main]


def build(
    pipeline: beam.Pipeline, source: Source, config: PrepareConfig
) -> str:
    """Adds every step of `prepare` to a pipeline.

    Args:
        pipeline: An empty pipeline.
        source: What to read.
        config: What to make of it.

    Returns:
        The path of the summary that the pipeline will write.
    """
    outcome = _Outcome([], [])
    raw_items = _join_photos(pipeline, source, outcome)
    num_shards = pvalue.AsSingleton(
        raw_items
        | "Number of items" >> beam.combiners.Count.Globally()
        | "Number of shards" >> beam.Map(_num_shards, source, config)
    )
    staged = _stage(pipeline, source, config, raw_items, num_shards, outcome)
    taken = _clean(pipeline, source, config, staged, outcome)
    core = pvalue.AsSingleton(
        taken
        | "Items of users" >> beam.Map(interactions.items_of)
        | "Find core"
        >> beam.CombineGlobally(
            FindCore(config.min_user_interactions, config.min_item_interactions)
        )
    )
    items = outcome.kept(
        staged | "Items of core" >> _or_reject(write_records.keep_item, core),
        ROWS,
    )
    split = taken | "Split users" >> beam.ParDo(
        interactions.SplitUser(config.split), core
    ).with_outputs(interactions.USERS, REJECTED, main=ROWS)
    placed = outcome.kept(split, ROWS)
    users = split[interactions.USERS]
    written = (
        _write_items(pipeline, config, items, num_shards),
        _write_triples(pipeline, config, items, placed, num_shards),
        _write_users(pipeline, config, users, num_shards),
    ) | "All records" >> beam.Flatten()
    outcome.counts += [
        written | "Count records" >> beam.Map(summary.count_record),
        items | "Identical photos" >> WriteIdenticalPhotos(config.data_dir),
        _write_vocabularies(config.data_dir, items, users)["categories"],
    ]
    return _conclude(config.data_dir, outcome, written)


def _join_photos(
    pipeline: beam.Pipeline, source: Source, outcome: _Outcome
) -> beam.PCollection:
    """Returns `RawItem`s."""
    items = _read(pipeline, source, ITEMS, outcome)
    photos = _read(pipeline, source, PHOTOS, outcome)
    keyed = {
        ITEMS: outcome.kept(
            items | "Key items" >> _or_reject(catalogue.keyed_item), ROWS
        ),
        PHOTOS: outcome.kept(
            photos | "Key photos" >> _or_reject(catalogue.keyed_photo), ROWS
        ),
    }
    joined = (
        keyed
        | "Group by item" >> beam.CoGroupByKey()
        | "Join photo"
        >> _or_reject(catalogue.join_photo, source.interactions_hold)
    )
    return outcome.kept(joined, ROWS)


def _stage(
    pipeline: beam.Pipeline,
    source: Source,
    config: PrepareConfig,
    raw_items: beam.PCollection,
    num_shards: Any,
    outcome: _Outcome,
) -> beam.PCollection:
    """Decodes the photos and returns `StagedItem`s."""
    placed = raw_items | "Assign shard" >> beam.ParDo(
        stage_photos.AssignShard(source), num_shards
    )
    staged = (
        {
            stage_photos.RAW_ITEMS: placed,
            "shards": _every_shard(pipeline, "Staging files", num_shards),
        }
        | "Group by shard" >> beam.CoGroupByKey()
        | "Stage photos"
        >> beam.ParDo(
            stage_photos.StagePhotos(config.data_dir, source, config.photos),
            num_shards,
        ).with_outputs(REJECTED, main=ROWS)
    )
    return outcome.kept(staged, ROWS)


def _clean(
    pipeline: beam.Pipeline,
    source: Source,
    config: PrepareConfig,
    staged: beam.PCollection,
    outcome: _Outcome,
) -> beam.PCollection:
    """Returns (user id, list of plain `Taken`)."""
    rows = _read(pipeline, source, INTERACTIONS, outcome)
    takers = outcome.kept(
        rows
        | "Key interactions"
        >> _or_reject(interactions.keyed_interaction, config.window),
        ROWS,
    )
    shards = staged | "Shard of item" >> beam.Map(interactions.shard_of_item)
    joined = (
        {interactions.TAKERS: takers, interactions.SHARDS: shards}
        | "Group takers by item" >> beam.CoGroupByKey()
        | "Join item" >> _or_reject(interactions.join_item)
    )
    unique = (
        outcome.kept(joined, ROWS)
        | "Group by user" >> beam.GroupByKey()
        | "Drop repeats" >> _or_reject(interactions.without_repeats)
    )
    return outcome.kept(unique, ROWS)


def _write_items(
    pipeline: beam.Pipeline,
    config: PrepareConfig,
    items: beam.PCollection,
    num_shards: Any,
) -> beam.PCollection:
    return (
        {
            write_records.CONTENT: items
            | "Shard of kept item" >> beam.Map(write_records.keyed_item_id),
            "shards": _every_shard(pipeline, "Item shards", num_shards),
        }
        | "Group items by shard" >> beam.CoGroupByKey()
        | "Write items"
        >> beam.FlatMap(
            write_records.write_items, num_shards, data_dir=config.data_dir
        )
    )


def _write_triples(
    pipeline: beam.Pipeline,
    config: PrepareConfig,
    items: beam.PCollection,
    placed: beam.PCollection,
    num_shards: Any,
) -> beam.PCollection:
    mean_size = pvalue.AsSingleton(
        items
        | "Size of item" >> beam.Map(_size)
        | "Mean size" >> beam.combiners.Mean.Globally()
    )
    counts = (
        placed
        | "Split of triple" >> beam.Map(_split_of)
        | "Triples of split" >> beam.combiners.Count.PerElement()
        | "As one" >> beam.combiners.ToDict()
    )
    parts = pvalue.AsSingleton(
        counts
        | "Parts of shards"
        >> beam.Map(_parts, mean_size, num_shards, config.shard_bytes)
    )
    return (
        {
            write_records.CONTENT: placed
            | "Shard of triple" >> beam.Map(write_records.keyed_triple, parts),
            "shards": pipeline
            | "Splits" >> beam.Create(layout.SPLITS)
            | "Triple shards"
            >> beam.FlatMap(_triple_shards, num_shards, parts),
        }
        | "Group triples by shard" >> beam.CoGroupByKey()
        | "Write triples"
        >> beam.FlatMap(
            write_records.write_triples,
            num_shards,
            parts,
            data_dir=config.data_dir,
        )
    )


def _write_users(
    pipeline: beam.Pipeline,
    config: PrepareConfig,
    users: beam.PCollection,
    num_shards: Any,
) -> beam.PCollection:
    return (
        {
            write_records.CONTENT: users
            | "Shard of user" >> beam.Map(write_records.keyed_user, num_shards),
            "shards": _every_shard(pipeline, "User shards", num_shards),
        }
        | "Group users by shard" >> beam.CoGroupByKey()
        | "Write users"
        >> beam.FlatMap(
            write_records.write_users, num_shards, data_dir=config.data_dir
        )
    )


def _write_vocabularies(
    data_dir: str, items: beam.PCollection, users: beam.PCollection
) -> dict[str, beam.PCollection]:
    """Writes `vocab/` and returns how many ids each file has."""
    ids = {
        "items": items | "Item ids" >> beam.Map(_item_id_of),
        "categories": items | "Categories" >> beam.Map(_category_of),
        "users": users | "User ids" >> beam.Map(write_records.user_id_of),
    }
    return {
        name: collection
        | f"Vocabulary of {name}"
        >> summary.WriteVocabulary(layout.vocabulary(data_dir, name), name)
        for name, collection in ids.items()
    }


def _conclude(
    data_dir: str, outcome: _Outcome, written: beam.PCollection
) -> str:
    """Writes what was rejected and the summary, and returns its path."""
    rejections = outcome.rejections | "All rejections" >> beam.Flatten()
    _ = (
        rejections
        | "Rejection to JSON" >> beam.Map(Rejection.to_json)
        | "Write rejected"
        >> beam.io.WriteToText(
            layout.join(data_dir, "rejected", "rejected"),
            file_name_suffix=".jsonl",
        )
    )
    counts = (
        *outcome.counts,
        rejections | "Count rejected" >> beam.Map(summary.count_rejection),
    ) | "All counts" >> beam.Flatten()
    hashes = written | "Hashes" >> beam.Map(summary.hash_of)
    path = layout.join(data_dir, "summary.json")
    _ = counts | "Summary" >> summary.WriteSummary(path, hashes)
    return path


def _read(
    pipeline: beam.Pipeline, source: Source, table: str, outcome: _Outcome
) -> beam.PCollection:
    """Reads a table; one that is the interactions table is counted there."""
    outputs = pipeline | f"Read {table}" >> ReadRows(source, table)
    rows = outputs[ROWS]
    if table in source.interactions_hold:
        # Its unreadable rows are rejected as interactions.
        return rows
    outcome.counts += [
        rows | f"Count {table}" >> beam.Map(summary.count_row, table),
        outputs[REJECTED]
        | f"Count unreadable {table}" >> beam.Map(summary.count_row, table),
    ]
    return outcome.kept(outputs, ROWS)


def _or_reject(step: Callable[..., Any], *args: Any) -> beam.PTransform:
    """Maps with a generator whose rejections go to an output of their own."""
    return beam.FlatMap(step, *args).with_outputs(REJECTED, main=ROWS)


def _every_shard(
    pipeline: beam.Pipeline, label: str, num_shards: Any
) -> beam.PCollection:
    """Returns (shard, None) for each: one without content is written too."""
    return (
        pipeline
        | f"{label}: once" >> beam.Create([None])
        | label >> beam.FlatMap(_shards, num_shards)
    )


def _shards(_: None, num_shards: int) -> list[tuple[int, None]]:
    return [(shard, None) for shard in range(num_shards)]


def _triple_shards(
    split: str, num_shards: int, parts: dict[str, int]
) -> list[tuple[tuple[str, int, int], None]]:
    return [
        ((split, shard, part), None)
        for shard in range(num_shards)
        for part in range(parts[split])
    ]


def _num_shards(items: int, source: Source, config: PrepareConfig) -> int:
    size = items * config.photos.image_size**2 * JPEG_BYTES_PER_PIXEL
    wanted = max(config.min_shards, shards_for(size, config.shard_bytes))
    if source.photo_root is None:  # A chunk goes to one shard as a whole.
        return min(wanted, len(source.chunks(PHOTOS)))
    return wanted


def _parts(
    counts: dict[str, int], mean_size: float, num_shards: int, shard_bytes: int
) -> dict[str, int]:
    """Returns into how many parts the triples of an item shard go."""
    return {
        split: shards_for(counts[split] * mean_size / num_shards, shard_bytes)
        if split in counts
        else 1
        for split in layout.SPLITS
    }


def _split_of(placed: tuple[str, str, Any]) -> str:
    return placed[0]


def _size(item: stage_photos.StagedItem) -> int:
    return item.size


def _item_id_of(item: stage_photos.StagedItem) -> str:
    return item.item_id


def _category_of(item: stage_photos.StagedItem) -> str:
    return item.category
