"""Beam pipeline of `prepare`, assembled from its steps."""

import dataclasses
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from atelier.schema import paths
from beam_jobs.prepare import clean_interactions
from beam_jobs.prepare import decode_images
from beam_jobs.prepare import feedback
from beam_jobs.prepare import hot_keys
from beam_jobs.prepare import join_items
from beam_jobs.prepare import merge_variants
from beam_jobs.prepare import record_writers
from beam_jobs.prepare import summary
from beam_jobs.prepare.dataset_dir import STARTED
from beam_jobs.prepare.dataset_dir import SUMMARY
from beam_jobs.prepare.duplicate_images import WriteIdenticalPhotos
from beam_jobs.prepare.find_core import FindCore
from beam_jobs.prepare.k_core import Minima
from beam_jobs.prepare.pseudonyms import HASHED_EMAILS
from beam_jobs.prepare.pseudonyms import NO_KEY
from beam_jobs.prepare.pseudonyms import hash_email
from beam_jobs.prepare.read_rows import ROWS
from beam_jobs.prepare.read_rows import ReadRows
from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.prepare.rejections import WriteRejections
from beam_jobs.prepare.split import Split
from beam_jobs.prepare.write_stage import Writing
from beam_jobs.shards import JPEG_BYTES_PER_PIXEL
from beam_jobs.shards import shards_for
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.event_log import EventLog
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source

LARGE_CORE_BYTES = 1 << 30
"""Size of the interactions above which many workers find the k-core."""


@dataclasses.dataclass(frozen=True)
class PrepareConfig:
    """Configuration of the data preparation.

    Attributes:
        data_dir: Folder of the data set.
        photos: Options for reading and resizing photos.
        window: Filter of the interactions to keep.
        min_user_interactions: Minimum interaction count of a user.
        min_item_interactions: Minimum interaction count of an item.
        split: Split strategy for validation and test.
        min_shards: Minimum number of shards of items, users and each split;
            at most the number of chunks of a table that holds the photos.
        shard_bytes: Size in bytes above which more shards are written.
        triples: Form of the triples, one of `triple_form.FORMS`.
        email_key: Key of the hashes of e-mail addresses in the ids of users;
            None keeps the addresses.
    """

    data_dir: str
    photos: decode_images.PhotoConfig
    window: clean_interactions.InteractionFilter
    min_user_interactions: int
    min_item_interactions: int
    split: Split
    min_shards: int
    shard_bytes: int
    triples: str
    email_key: bytes | None = NO_KEY


@dataclasses.dataclass
class _Outcome:
    """Rejections and counts, collected from all steps.

    Attributes:
        rejections: Collections of `Rejection`.
        counts: Collections of (key, count).
        started: Path of the file that the first worker writes.
    """

    rejections: list[beam.PCollection]
    counts: list[beam.PCollection]
    started: str

    def kept(self, outputs: Any, main: str) -> beam.PCollection:
        """Returns the main output of a step and collects its rejections."""
        self.rejections.append(outputs[REJECTED])
        return outputs[main]


def build(
    pipeline: beam.Pipeline,
    source: Source,
    config: PrepareConfig,
    log: EventLog | None = None,
) -> None:
    """Adds every step of `prepare` to a pipeline.

    Args:
        pipeline: Empty pipeline.
        source: Data source to read.
        config: Configuration of the data preparation.
        log: Feedback events to add to the interactions; None for none.
    """
    outcome = _Outcome([], [], paths.join(config.data_dir, STARTED))
    raw_items = _join_photos(pipeline, source, outcome)
    writing = _writing(raw_items, source, config)
    staged = _stage(source, config, raw_items, writing, outcome)
    rows = _read(pipeline, source, INTERACTIONS, outcome)
    if log is not None:
        rows = _with_feedback(rows, log, config.email_key, outcome)
    if config.email_key is not None:
        rows = _without_emails(rows, config.email_key, outcome)
    interactions = _clean(rows, source, config, staged, outcome)
    items = staged
    core: tuple[pvalue.AsSingleton, ...] = ()
    # Without it all items stay, and a user depends on the own rows alone.
    if config.min_item_interactions:
        core = (_find_core(interactions, source, config),)
        in_core = _or_reject(record_writers.keep_item, *core)
        items = outcome.kept(staged | "Items of core" >> in_core, ROWS)
    split = _split(interactions, core, config)
    placed = outcome.kept(split, ROWS)
    users = split[clean_interactions.USERS]
    written = (
        writing.items(items),
        writing.triples(placed, items),
        writing.users(users),
    ) | "All records" >> beam.Flatten()
    outcome.counts += [
        split[clean_interactions.DROPPED_USERS],
        written | "Count records" >> beam.Map(summary.count_record),
        *writing.vocabularies(items, users),
        *_count_items(items, config),
    ]
    _conclude(writing, outcome, written)


def _writing(
    raw_items: beam.PCollection, source: Source, config: PrepareConfig
) -> Writing:
    """Returns the writers, for a number of shards by that of the items."""
    num_shards = pvalue.AsSingleton(
        raw_items
        | "Number of items" >> beam.combiners.Count.Globally()
        | "Number of shards" >> beam.Map(_num_shards, source, config)
    )
    return Writing(
        raw_items.pipeline,
        config.data_dir,
        num_shards,
        config.shard_bytes,
        (*paths.SPLITS, paths.NEGATIVE)
        if config.window.keeps_negatives
        else paths.SPLITS,
        config.triples,
    )


def max_shards(source: Source) -> int | None:
    """Returns the maximum number of shards, None for no limit.

    A chunk of a table that holds the photos is read once, for one shard.
    """
    return len(source.chunks(PHOTOS)) if source.photo_root is None else None


def _split(
    interactions: beam.PCollection,
    core: tuple[pvalue.AsSingleton, ...],
    config: PrepareConfig,
) -> Any:
    """Places the interactions of the core in splits, user by user."""
    split_user = clean_interactions.SplitUser(
        config.split, config.min_user_interactions
    )
    return interactions | "Split users" >> beam.ParDo(
        split_user, *core
    ).with_outputs(
        clean_interactions.USERS,
        clean_interactions.DROPPED_USERS,
        REJECTED,
        main=ROWS,
    )


def _count_items(
    items: beam.PCollection, config: PrepareConfig
) -> list[beam.PCollection]:
    """Counts identical photos, texts and cut-outs."""
    counts = [
        items | "Identical photos" >> WriteIdenticalPhotos(config.data_dir),
        items | "Count texts" >> beam.Map(summary.count_text),
    ]
    if config.photos.background == "white":
        counts.append(
            items | "Count cut-outs" >> beam.Map(summary.count_cutout)
        )
    return counts


def _find_core(
    interactions: beam.PCollection, source: Source, config: PrepareConfig
) -> pvalue.AsSingleton:
    """Computes the k-core of the interactions."""
    minima = Minima(config.min_user_interactions, config.min_item_interactions)
    is_large = source.is_larger(INTERACTIONS, LARGE_CORE_BYTES)
    return pvalue.AsSingleton(
        interactions
        | "Items of users"
        >> beam.Map(clean_interactions.basket_of, config.split)
        | "Find core" >> FindCore(minima, is_large)
    )


def _join_photos(
    pipeline: beam.Pipeline, source: Source, outcome: _Outcome
) -> beam.PCollection:
    """Joins items with their photos and returns `ItemRef`s."""
    items = _read(pipeline, source, ITEMS, outcome)
    photos = _read(pipeline, source, PHOTOS, outcome)
    keyed = {
        ITEMS: outcome.kept(
            items | "Key items" >> _or_reject(join_items.keyed_item), ROWS
        ),
        PHOTOS: outcome.kept(
            photos | "Key photos" >> _or_reject(join_items.keyed_photo), ROWS
        ),
    }
    joined = (
        keyed
        | "Group by item" >> beam.CoGroupByKey()
        | "Join photo"
        >> _or_reject(join_items.join_photo, source.interactions_hold)
    )
    raw_items = outcome.kept(joined, ROWS)
    if not source.merges_variants:
        return raw_items
    merged = (
        raw_items
        | "Key variants" >> beam.Map(merge_variants.keyed_variant)
        | "Group variants" >> beam.GroupByKey()
        | "Merge variants"
        >> _or_reject(merge_variants.merge_variants, source.interactions_hold)
    )
    return outcome.kept(merged, ROWS)


def _stage(
    source: Source,
    config: PrepareConfig,
    raw_items: beam.PCollection,
    writing: Writing,
    outcome: _Outcome,
) -> beam.PCollection:
    """Decodes the photos and returns `DecodedItem`s."""
    placed = raw_items | "Assign shard" >> beam.ParDo(
        decode_images.AssignShard(source), writing.num_shards
    )
    staged = (
        {
            decode_images.RAW_ITEMS: placed,
            "shards": writing.every_shard("Staging files"),
        }
        | "Group by shard" >> beam.CoGroupByKey()
        | "Stage photos"
        >> beam.ParDo(
            decode_images.StagePhotos(config.data_dir, source, config.photos),
            writing.num_shards,
        ).with_outputs(REJECTED, main=ROWS)
    )
    return outcome.kept(staged, ROWS)


def _with_feedback(
    rows: beam.PCollection,
    log: EventLog,
    email_key: bytes | None,
    outcome: _Outcome,
) -> beam.PCollection:
    """Adds the reactions of an event log to rows of the interactions."""
    events = _read_counted(rows.pipeline, log, EVENTS, outcome)
    keyed = events | "Key events" >> _or_reject(feedback.keyed_event, email_key)
    reactions = (
        outcome.kept(keyed, ROWS)
        | "Group events" >> beam.GroupByKey()
        | "Weigh events" >> _or_reject(feedback.interactions_of, log.weights)
    )
    added = outcome.kept(reactions, ROWS)
    outcome.counts.append(
        added | "Count reactions" >> beam.Map(summary.count_row, INTERACTIONS)
    )
    return (
        rows | "Weigh interactions" >> beam.Map(feedback.weighted),
        added,
    ) | "With feedback" >> beam.Flatten()


def _without_emails(
    rows: beam.PCollection, key: bytes, outcome: _Outcome
) -> beam.PCollection:
    """Replaces the ids of users that are e-mail addresses by hashes."""
    hashed = rows | "Hash e-mails" >> beam.FlatMap(
        hash_email, key
    ).with_outputs(HASHED_EMAILS, main=ROWS)
    outcome.counts.append(hashed[HASHED_EMAILS])
    return hashed[ROWS]


def _clean(
    rows: beam.PCollection,
    source: Source,
    config: PrepareConfig,
    staged: beam.PCollection,
    outcome: _Outcome,
) -> beam.PCollection:
    """Cleans interactions; returns (user id, list of plain `Interaction`)."""
    keyed = rows | "Key interactions" >> beam.FlatMap(
        clean_interactions.keyed_interaction, config.window, source.time_format
    ).with_outputs(clean_interactions.TIMES, REJECTED, main=ROWS)
    by_item = outcome.kept(keyed, ROWS)
    outcome.counts.append(keyed[clean_interactions.TIMES])
    shards = staged | "Shard of item" >> beam.FlatMap(
        clean_interactions.shard_of_item
    )
    by_user = _join_items(by_item, shards, outcome)
    unique = (
        by_user
        | "Group by user" >> beam.GroupByKey()
        | "Drop repeats"
        >> beam.FlatMap(clean_interactions.without_repeats).with_outputs(
            clean_interactions.HOT_USERS, REJECTED, main=ROWS
        )
    )
    outcome.counts.append(unique[clean_interactions.HOT_USERS])
    return outcome.kept(unique, ROWS)


def _join_items(
    by_item: beam.PCollection, shards: beam.PCollection, outcome: _Outcome
) -> beam.PCollection:
    """Joins interactions with their items; returns (user id, interaction)."""
    hot_items = by_item | "Hot items" >> hot_keys.FindHotItems()
    outcome.counts.append(
        hot_items | "Count hot items" >> beam.Map(hot_keys.hot_counter, ITEMS)
    )
    hot = pvalue.AsDict(hot_items)
    joined = (
        {
            INTERACTIONS: by_item
            | "Salt interactions" >> beam.Map(hot_keys.salted, hot),
            clean_interactions.SHARDS: shards
            | "Salt items" >> beam.FlatMap(hot_keys.with_all_salts, hot),
        }
        | "Group interactions by item" >> beam.CoGroupByKey()
        | "Join item" >> _or_reject(clean_interactions.join_item)
    )
    return outcome.kept(joined, ROWS)


def _conclude(
    writing: Writing, outcome: _Outcome, written: beam.PCollection
) -> None:
    """Writes the rejections and, after all other files, the summary."""
    rejections = outcome.rejections | "All rejections" >> beam.Flatten()
    counts = (
        *outcome.counts,
        rejections
        | "Write rejected" >> WriteRejections(writing.data_dir)
        | "Await rejected" >> beam.Map(summary.await_file),
        rejections | "Count rejected" >> beam.Map(summary.count_rejection),
    ) | "All counts" >> beam.Flatten()
    hashes = written | "Hashes" >> beam.Map(summary.hash_of)
    path = paths.join(writing.data_dir, SUMMARY)
    _ = counts | "Summary" >> summary.WriteSummary(path, hashes)


def _read(
    pipeline: beam.Pipeline, source: Source, table: str, outcome: _Outcome
) -> beam.PCollection:
    """Reads a table; rows of the interactions table are counted once."""
    if table in source.interactions_hold:
        # Unreadable rows are already rejected as interactions.
        return (
            pipeline
            | f"Read {table}" >> ReadRows(source, table, outcome.started)
        )[ROWS]
    return _read_counted(pipeline, source, table, outcome)


def _read_counted(
    pipeline: beam.Pipeline,
    source: Source | EventLog,
    table: str,
    outcome: _Outcome,
) -> beam.PCollection:
    outputs = pipeline | f"Read {table}" >> ReadRows(
        source, table, outcome.started
    )
    rows = outputs[ROWS]
    outcome.counts += [
        rows | f"Count {table}" >> beam.Map(summary.count_row, table),
        outputs[REJECTED]
        | f"Count unreadable {table}" >> beam.Map(summary.count_row, table),
    ]
    return outcome.kept(outputs, ROWS)


def _or_reject(step: Callable[..., Any], *args: Any) -> beam.PTransform:
    """Returns a FlatMap with rejections as a separate output."""
    return beam.FlatMap(step, *args).with_outputs(REJECTED, main=ROWS)


def _num_shards(items: int, source: Source, config: PrepareConfig) -> int:
    size = items * config.photos.image_size**2 * JPEG_BYTES_PER_PIXEL
    wanted = max(config.min_shards, shards_for(size, config.shard_bytes))
    limit = max_shards(source)
    return wanted if limit is None else min(wanted, limit)
