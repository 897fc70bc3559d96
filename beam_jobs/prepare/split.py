"""Which of the things that a person took are for training, and which not.

Every split depends on the seed, the user and what they took, and on nothing
else: no worker, no order, no other user.
"""

import abc
import dataclasses
import hashlib
from collections.abc import Mapping

TRAIN = "train"
VALIDATION = "validation"
TEST = "test"

Taken = Mapping[str, int | None]
"""The item ids that a user took, each with its time."""


class Split(abc.ABC):
    """Assigns each item of a user to `train`, `validation` or `test`.

    Attributes:
        least: Items that a user needs for it.
        needs_times: Whether every interaction must have a time.
    """

    least: int
    needs_times: bool

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Says whether an interaction may be for training.

        What it says does not depend on what else the user took: that is known
        only once items with too few interactions are gone.
        """
        return True

    @abc.abstractmethod
    def assign(self, user_id: str, taken: Taken) -> dict[str, str]:
        """Returns the split of each item.

        Args:
            user_id: The user.
            taken: At least `least` items.
        """


@dataclasses.dataclass(frozen=True)
class RandomSplit(Split):
    """Leave-one-out (Kang et al. 2017, section IV-A).

    One random item for validation, one for test, the rest for training.

    Attributes:
        seed: Seed of the data set.
    """

    seed: int
    least = 3
    needs_times = False

    def assign(self, user_id: str, taken: Taken) -> dict[str, str]:
        """Orders the items by a keyed hash; the first two are held out."""

        def order(item_id: str) -> bytes:
            return _hash(f"{self.seed}\n{user_id}\n{item_id}")

        test, validation, *train = sorted(taken, key=order)
        return {
            test: TEST,
            validation: VALIDATION,
            **dict.fromkeys(train, TRAIN),
        }


@dataclasses.dataclass(frozen=True)
class LastSplit(Split):
    """Leave-last-out: the last item for test, the one before for validation.

    Attributes:
        seed: Decides between items of one time.
    """

    seed: int
    least = 3
    needs_times = True

    def assign(self, user_id: str, taken: Taken) -> dict[str, str]:
        """Orders the items by time; the last two are held out."""

        def order(item_id: str) -> tuple[int, bytes]:
            time = taken[item_id]
            assert time is not None  # The job rejected those without.
            return time, _hash(f"{self.seed}\n{user_id}\n{item_id}")

        *train, validation, test = sorted(taken, key=order)
        return {
            test: TEST,
            validation: VALIDATION,
            **dict.fromkeys(train, TRAIN),
        }


@dataclasses.dataclass(frozen=True)
class TimeSplit(Split):
    """One cut in time for all: what came later is held out.

    Attributes:
        validation_from: First second of validation, since 1970.
        test_from: First second of test.
    """

    validation_from: int
    test_from: int
    least = 1
    needs_times = True

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Compares the time with the first cut."""
        return self._split_of(time) == TRAIN

    def assign(self, user_id: str, taken: Taken) -> dict[str, str]:
        """Compares each time with the two cuts."""
        return {
            item_id: self._split_of(time) for item_id, time in taken.items()
        }

    def _split_of(self, time: int | None) -> str:
        assert time is not None  # The job rejected those without.
        if time >= self.test_from:
            return TEST
        return VALIDATION if time >= self.validation_from else TRAIN


@dataclasses.dataclass(frozen=True)
class NewItemsSplit(Split):
    """Holds items out entirely: training sees nobody take them.

    Attributes:
        share: Share of the items for validation, and again for test.
        seed: Seed of the data set.
    """

    share: float
    seed: int
    least = 1
    needs_times = False

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Compares a hash of the item with the share."""
        return self._split_of(item_id) == TRAIN

    def assign(self, user_id: str, taken: Taken) -> dict[str, str]:
        """Compares a hash of each item with the share; users do not matter."""
        return {item_id: self._split_of(item_id) for item_id in taken}

    def _split_of(self, item_id: str) -> str:
        part = int.from_bytes(_hash(f"{self.seed}\n{item_id}")[:8], "big")
        if part < self.share * 2**64:
            return TEST
        return VALIDATION if part < 2 * self.share * 2**64 else TRAIN


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
