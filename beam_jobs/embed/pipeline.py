"""The pipeline of `embed`, put together from its steps.

Photos go from the shard that holds them straight into the model: what is
joined, grouped and shuffled are ids, embeddings and lists.
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
from beam_jobs.shards import write_whole

FAILED = "failed.jsonl"
_HELD_OUT = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class EmbedConfig:
    """What to embed.

    Attributes:
        data_dir: The prepared data set.
        out_dir: Where the files go.
        model: The exported model.
        top_n: Length of the users' lists.
        batch_size: Rows of a call of the model, at most.
        progress_path: The file of `rows_done`.
    """

    data_dir: str
    out_dir: str
    model: ExportedModel
    top_n: int
    batch_size: int
    progress_path: str


def build(pipeline: beam.Pipeline, config: EmbedConfig) -> None:
    """Adds every step of `embed` to a pipeline.

    Args:
        pipeline: An empty pipeline.
        config: What to embed.
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
    """Returns what failed, as (what, reason)."""
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
    """Returns what failed, as (what, reason)."""
    shards = _paths(paths.users(config.data_dir))
    users, unread_users = pipeline | "Read users" >> ReadShards(
        shards, parse_users, config.batch_size
    )
    # What training may know is in the users' records; the photos of triples
    # are dropped as they are parsed.
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
        | "Join taken" >> beam.FlatMap(embed_rows.join_taken)
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
        write_whole(path, "".join(f"{line}\n" for line in lines).encode())
