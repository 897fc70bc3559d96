"""Pipeline stage that writes items, triples, users and vocabularies.

Empty shards are written too, because each file name has the number of shards.
"""

import dataclasses
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from atelier.schema import paths
from atelier.schema.manifest import IMAGES
from beam_jobs.prepare import decode_images
from beam_jobs.prepare import record_writers
from beam_jobs.prepare import summary
from beam_jobs.prepare.record_writers import TripleLayout
from beam_jobs.prepare.triple_form import triple_form
from beam_jobs.prepare.vocabulary import WriteVocabulary
from beam_jobs.shards import shards_for

_BYTES_OF_IDS = 128
"""Estimated size of a triple without image."""


@dataclasses.dataclass(frozen=True)
class Writing:
    """Writers of the data set's records.

    Attributes:
        pipeline: Pipeline of the job.
        data_dir: Folder of the data set.
        num_shards: Number of shards of items and of users, a side input.
        shard_bytes: Size in bytes above which the triples of an item shard
            are written to several files.
        splits: Names of the sets of triples.
        form: Form of the triples, see `triple_form`.
    """

    pipeline: beam.Pipeline
    data_dir: str
    num_shards: pvalue.AsSingleton
    shard_bytes: int
    splits: tuple[str, ...]
    form: str

    def every_shard(self, label: str) -> beam.PCollection:
        """Returns (shard index, None) for all shards, also for empty ones."""
        return (
            self.pipeline
            | f"{label}: once" >> beam.Create([None])
            | label >> beam.FlatMap(_shards, self.num_shards)
        )

    def items(self, items: beam.PCollection) -> beam.PCollection:
        """Writes `DecodedItem`s and returns `WrittenRecord`s."""
        keyed = items | "Shard of kept item" >> beam.Map(
            record_writers.keyed_item_id
        )
        return (
            {
                record_writers.CONTENT: keyed,
                "shards": self.every_shard("Item shards"),
            }
            | "Group items by shard" >> beam.CoGroupByKey()
            | "Write items"
            >> beam.FlatMap(
                record_writers.write_items,
                self.num_shards,
                data_dir=self.data_dir,
            )
        )

    def triples(
        self, placed: beam.PCollection, items: beam.PCollection
    ) -> beam.PCollection:
        """Writes triples and returns `WrittenRecord`s.

        Args:
            placed: Collection of (split, user id, plain `Interaction`).
            items: Collection of `DecodedItem`, for the size of a record.
        """
        layout = self._triple_layout(placed, items)
        keyed = placed | "Shard of triple" >> beam.Map(
            record_writers.keyed_triple, layout
        )
        shards = (
            self.pipeline
            | "Splits" >> beam.Create(self.splits)
            | "Triple shards"
            >> beam.FlatMap(_triple_shards, self.num_shards, layout)
        )
        return (
            {record_writers.CONTENT: keyed, "shards": shards}
            | "Group triples by shard" >> beam.CoGroupByKey()
            | "Write triples"
            >> beam.FlatMap(
                record_writers.write_triples,
                self.num_shards,
                layout,
                data_dir=self.data_dir,
            )
        )

    def users(self, users: beam.PCollection) -> beam.PCollection:
        """Writes `User`s and returns `WrittenRecord`s."""
        keyed = users | "Shard of user" >> beam.Map(
            record_writers.keyed_user, self.num_shards
        )
        return (
            {
                record_writers.CONTENT: keyed,
                "shards": self.every_shard("User shards"),
            }
            | "Group users by shard" >> beam.CoGroupByKey()
            | "Write users"
            >> beam.FlatMap(
                record_writers.write_users,
                self.num_shards,
                data_dir=self.data_dir,
            )
        )

    def vocabularies(
        self, items: beam.PCollection, users: beam.PCollection
    ) -> list[beam.PCollection]:
        """Writes the files of `vocab/`; counts the categories."""
        ids = {
            "items": items | "Item ids" >> beam.Map(_item_id_of),
            "categories": items | "Categories" >> beam.Map(_category_of),
            "users": users | "User ids" >> beam.Map(record_writers.user_id_of),
        }
        staging = paths.join(self.data_dir, decode_images.STAGING)
        written = {
            name: collection
            | f"Vocabulary of {name}"
            >> WriteVocabulary(
                paths.vocabulary(self.data_dir, name),
                paths.join(staging, f"vocab-{name}"),
                name,
            )
            for name, collection in ids.items()
        }
        # Items and users are counted by their records.
        return [
            written.pop("categories"),
            *(
                count | f"Await {name}" >> beam.Map(summary.await_file)
                for name, count in written.items()
            ),
        ]

    def _triple_layout(
        self, placed: beam.PCollection, items: beam.PCollection
    ) -> pvalue.AsSingleton:
        """Returns the `TripleLayout` as a side input."""
        sizes = items | "Size of item" >> beam.Map(_size)
        mean_size = sizes | "Mean size" >> beam.combiners.Mean.Globally()
        num_items = sizes | "Kept items" >> beam.combiners.Count.Globally()
        counts = (
            placed
            | "Split of triple" >> beam.Map(_split_of)
            | "Triples of split" >> beam.combiners.Count.PerElement()
            | "As one" >> beam.combiners.ToDict()
        )
        return pvalue.AsSingleton(
            counts
            | "Layout of triples"
            >> beam.Map(
                _layout,
                pvalue.AsSingleton(mean_size),
                pvalue.AsSingleton(num_items),
                self.num_shards,
                self.shard_bytes,
                self.splits,
                self.form,
            )
        )


def _shards(_: None, num_shards: int) -> list[tuple[int, None]]:
    return [(shard, None) for shard in range(num_shards)]


def _triple_shards(
    split: str, num_shards: int, layout: TripleLayout
) -> list[tuple[tuple[str, int, int], None]]:
    return [
        ((split, shard, part), None)
        for shard in range(num_shards)
        for part in range(layout.parts[split])
    ]


def _layout(
    counts: dict[str, int],
    mean_size: float,
    num_items: int,
    num_shards: int,
    shard_bytes: int,
    splits: tuple[str, ...],
    requested: str,
) -> TripleLayout:
    form = triple_form(requested, sum(counts.values()), num_items)
    size = mean_size if form == IMAGES else _BYTES_OF_IDS
    parts = {
        split: shards_for(counts[split] * size / num_shards, shard_bytes)
        if split in counts
        else 1
        for split in splits
    }
    return TripleLayout(parts, form)


def _split_of(placed: tuple[str, str, Any]) -> str:
    return placed[0]


def _size(item: decode_images.DecodedItem) -> int:
    return item.size


def _item_id_of(item: decode_images.DecodedItem) -> str:
    return item.item_id


def _category_of(item: decode_images.DecodedItem) -> str:
    return item.category
