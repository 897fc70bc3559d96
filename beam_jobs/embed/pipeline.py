"""Beam pipeline of `embed`.

Images go from their shard straight into the model. Only ids, embeddings and
lists of items are joined, grouped and shuffled.
"""

import dataclasses
import json

import apache_beam as beam
import tensorflow as tf

from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.triple import parse_interactions
from atelier.schema.user import parse_users
from beam_jobs.embed import embedding_tables as tables
from beam_jobs.embed import rows as embed_rows
from beam_jobs.embed.exported_model import EMBED_IMAGES
from beam_jobs.embed.exported_model import RECOMMEND
from beam_jobs.embed.exported_model import ExportedModel
from beam_jobs.embed.read_records import ReadShards
from beam_jobs.embed.run_inference import Infer
from beam_jobs.shards import atomic_beam_write

FAILED = "failed.jsonl"
_HELD_OUT = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class EmbedConfig:
    """Inputs, outputs and batch size of the pipeline.

    Attributes:
        data_dir: Folder of the prepared data set.
        out_dir: Output folder.
        model: Exported recommender.
        top_n: Number of recommendations per user.
        batch_size: Maximum number of rows per call of the model.
        progress_path: Path of the progress file from `rows_done`.
    """

    data_dir: str
    out_dir: str
    model: ExportedModel
    top_n: int
    batch_size: int
    progress_path: str


def build(pipeline: beam.Pipeline, config: EmbedConfig) -> None:
    """Adds all steps of `embed` to a pipeline.

    Args:
        pipeline: Empty pipeline.
        config: Inputs, outputs and batch size.
    """
    _ = (
        (*_embed_items(pipeline, config), *_rank_for_users(pipeline, config))
        | "All failed" >> beam.Flatten()
        | "Gather failed" >> beam.combiners.ToList()
        | "Write failed"
        >> beam.Map(_write_failed, paths.join(config.out_dir, FAILED))
    )


def _embed_items(
    pipeline: beam.Pipeline, config: EmbedConfig
) -> list[beam.PCollection]:
    """Embeds items; returns the failures as (input, reason) pairs."""
    shards = _paths(paths.items(config.data_dir))
    items, unread = pipeline | "Read items" >> ReadShards(
        shards, parse_items, config.batch_size
    )
    embedded, refused = (
        items
        | "Photos" >> beam.Map(embed_rows.photo_batch)
        | "Embed"
        >> Infer(config.model.path, EMBED_IMAGES, "item", config.progress_path)
    )
    _ = (
        embedded
        | "Item rows" >> beam.Map(embed_rows.item_row)
        | "Write items"
        >> tables.WriteShards(
            config.out_dir,
            tables.ITEMS,
            len(shards),
            tables.item_schema(config.model.embedding_dim),
        )
    )
    return [unread, refused]


def _rank_for_users(
    pipeline: beam.Pipeline, config: EmbedConfig
) -> list[beam.PCollection]:
    """Ranks items per user; returns failures as (input, reason) pairs."""
    shards = _paths(paths.users(config.data_dir))
    users, unread_users = pipeline | "Read users" >> ReadShards(
        shards, parse_users, config.batch_size
    )
    # Users' records hold their training items only. The images of interaction
    # records are dropped by the parser.
    held_out, unread_triples = pipeline | "Read held out" >> ReadShards(
        [
            path
            for split in _HELD_OUT
            for path in _paths(paths.triples(config.data_dir, split))
        ],
        parse_interactions,
        config.batch_size,
    )
    ranked, refused = (
        {
            "users": users
            | "Key users" >> beam.FlatMap(embed_rows.keyed_users),
            "held_out": held_out
            | "Key held out" >> beam.FlatMap(embed_rows.keyed_items),
        }
        | "Group by user" >> beam.CoGroupByKey()
        | "Join history" >> beam.FlatMap(embed_rows.join_history)
        | "Group by shard" >> beam.GroupByKey()
        | "Users" >> beam.FlatMap(embed_rows.user_batches, config.batch_size)
        | "Rank"
        >> Infer(config.model.path, RECOMMEND, "user", config.progress_path)
    )
    _ = (
        ranked
        | "User rows" >> beam.Map(embed_rows.user_row, config.top_n)
        | "Write users"
        >> tables.WriteShards(
            config.out_dir, tables.USERS, len(shards), tables.user_schema()
        )
    )
    return [unread_users, unread_triples, refused]


def _paths(pattern: str) -> list[str]:
    return sorted(tf.io.gfile.glob(pattern))


def _write_failed(failed: list[tuple[str, str]], path: str) -> None:
    lines = [
        json.dumps({"what": what, "reason": reason}, ensure_ascii=False)
        for what, reason in sorted(failed)
    ]
    if lines:
        atomic_beam_write(path, "".join(f"{line}\n" for line in lines).encode())
