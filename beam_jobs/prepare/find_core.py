"""Pipeline stage that finds the k-core, on one worker or on many.

Beam has no loops. On many workers a fixed number of rounds drops items and
users. If the last round still dropped an item, one worker finishes the rest;
otherwise it gets no input.
"""

import array
from collections.abc import Iterable
from collections.abc import Iterator

import apache_beam as beam
import numpy as np
from apache_beam import pvalue

from beam_jobs.prepare.k_core import Batch
from beam_jobs.prepare.k_core import ComputeKCore
from beam_jobs.prepare.k_core import Core
from beam_jobs.prepare.k_core import Minima
from beam_jobs.prepare.k_core import batch_of

ROUNDS = 10
"""Rounds on many workers; 2 * 10**7 generated interactions need five."""
_BATCH_USERS = 4096
_ItemCounts = tuple[array.array, array.array]


class FindCore(beam.PTransform):
    """Finds the k-core of the interactions, given the `Basket` of each user.

    Args:
        minima: Minimum counts.
        is_large: Whether many workers share the work, which takes more stages.

    Example:
        core = baskets | FindCore(Minima(5, 5), is_large=False)
    """

    def __init__(self, minima: Minima, is_large: bool) -> None:
        super().__init__()
        self._minima = minima
        self._is_large = is_large

    def expand(self, baskets: beam.PCollection) -> beam.PCollection:
        """Returns a collection of one `Core`."""
        batches = (
            baskets
            | "Batch" >> beam.BatchElements(_BATCH_USERS, _BATCH_USERS)
            | "To arrays" >> beam.Map(batch_of)
        )
        compute = ComputeKCore(self._minima)
        if not self._is_large:
            return batches | "On one worker" >> beam.CombineGlobally(compute)
        cores = [self._counts(batches, 0)]
        for number in range(1, ROUNDS):
            last = pvalue.AsSingleton(cores[-1])
            cores.append(self._counts(batches, number, last))
        before, last = map(pvalue.AsSingleton, cores[-2:])
        rest = (
            batches
            | "Unfinished" >> beam.FlatMap(unfinished, before, last)
            | "The rest on one worker" >> beam.CombineGlobally(compute)
        )
        return cores[-1] | "Final" >> beam.Map(
            final, before, pvalue.AsSingleton(rest)
        )

    def _counts(
        self,
        batches: beam.PCollection,
        number: int,
        *core: pvalue.AsSingleton,
    ) -> beam.PCollection:
        """Returns the `Core` after a round, that of the round before given."""
        return (
            batches
            | f"Users {number}"
            >> beam.FlatMap(count_users, self._minima, *core)
            | f"Count {number}" >> beam.CombinePerKey(sum)
            | f"Core {number}" >> beam.CombineGlobally(Gather(self._minima))
        )


def _in_core(batch: Batch, minima: Minima, core: Core | None) -> Batch:
    """Returns the interactions of users with enough items of a core."""
    if core is None:
        is_kept = np.ones(len(batch.items), bool)
    else:
        is_kept = core.counts_of(batch.items) >= minima.item
    return batch.with_enough(is_kept, minima.user)


@beam.typehints.decorators.no_annotations  # Beam knows no `Core | None`.
def count_users(
    batch: Batch, minima: Minima, core: Core | None = None
) -> Iterator[tuple[int, int]]:
    """Yields (hash of an item, its users with enough kept items).

    Args:
        batch: Interactions of some users.
        minima: Minimum counts.
        core: Items by the round before; None for the first round.
    """
    items = _in_core(batch, minima, core).items
    # Beam's integers are signed.
    hashes, counts = np.unique(items.view(np.int64), return_counts=True)
    yield from zip(hashes.tolist(), counts.tolist(), strict=True)


class Gather(beam.CombineFn):
    """Gathers (hash, count) of all items in a `Core`, 16 bytes an item."""

    def __init__(self, minima: Minima) -> None:
        self._minima = minima

    def create_accumulator(self) -> _ItemCounts:
        """Returns empty arrays: hashes, counts."""
        return array.array("q"), array.array("q")

    def add_input(
        self, items: _ItemCounts, element: tuple[int, int]
    ) -> _ItemCounts:
        """Appends an item."""
        for column, value in zip(items, element, strict=True):
            column.append(value)
        return items

    def merge_accumulators(
        self, accumulators: Iterable[_ItemCounts]
    ) -> _ItemCounts:
        """Joins the items of several workers."""
        merged = self.create_accumulator()
        for items in accumulators:
            for column, part in zip(merged, items, strict=True):
                column.extend(part)
        return merged

    def extract_output(self, items: _ItemCounts) -> Core:
        """Returns the items, sorted by hash."""
        hashes = np.frombuffer(items[0], np.int64).view(np.uint64)
        order = np.argsort(hashes)
        counts = np.frombuffer(items[1], np.int64)
        return Core(hashes[order], counts[order], self._minima)


def unfinished(batch: Batch, before: Core, last: Core) -> Iterator[Batch]:
    """Yields the rest of a batch, if the last round dropped an item.

    Args:
        batch: Interactions of some users.
        before: Items by the last round but one.
        last: Items by the last round.
    """
    if before.num_kept > last.num_kept:
        yield _in_core(batch, last.minima, last)


def final(last: Core, before: Core, rest: Core) -> Core:
    """Returns the core by the last round, or by one worker.

    Args:
        last: Items by the last round.
        before: Items by the last round but one.
        rest: Core by one worker, if the last round dropped an item.
    """
    return rest if before.num_kept > last.num_kept else last
