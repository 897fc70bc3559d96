"""Split strategies: assign interactions to train, validation and test.

A split depends only on the seed, the user and the user's interactions. Worker,
processing order and other users have no influence.
"""

import abc
import dataclasses
import hashlib
from collections.abc import Mapping

TRAIN = "train"
VALIDATION = "validation"
TEST = "test"

History = Mapping[str, int | None]
"""Times in seconds since 1970 of a user's interactions, by item id."""


class Split(abc.ABC):
    """Assigns each item of a user to `train`, `validation` or `test`.

    Attributes:
        least: Minimum number of items that a user needs.
        needs_times: Whether every interaction must have a time.
    """

    least: int
    needs_times: bool

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Returns whether an interaction may be assigned to training.

        The result does not depend on the user's other interactions, which are
        known only after items with too few interactions are dropped.

        Args:
            item_id: Item id.
            time: Time in seconds since 1970; None if unknown.
        """
        return True

    @abc.abstractmethod
    def assign(self, user_id: str, history: History) -> dict[str, str]:
        """Returns the split of each item, {item id: split}.

        Args:
            user_id: User id.
            history: The user's interactions, at least `least` items.
        """


@dataclasses.dataclass(frozen=True)
class RandomSplit(Split):
    """Random leave-one-out split (Kang et al. 2017, section IV-A).

    One random item for validation, one for test, the rest for training.

    Attributes:
        seed: Random seed.

    Example:
        split = RandomSplit(seed=0)
        split.assign("u1", {"a": None, "b": None, "c": None})
    """

    seed: int
    least = 3
    needs_times = False

    def assign(self, user_id: str, history: History) -> dict[str, str]:
        """Orders the items by a seeded hash; holds out the first two."""

        def order(item_id: str) -> bytes:
            return _hash(f"{self.seed}\n{user_id}\n{item_id}")

        test, validation, *train = sorted(history, key=order)
        return {
            test: TEST,
            validation: VALIDATION,
            **dict.fromkeys(train, TRAIN),
        }


@dataclasses.dataclass(frozen=True)
class LastSplit(Split):
    """Leave-last-out split: last item for test, second to last for validation.

    Attributes:
        seed: Random seed that orders items with equal times.

    Example:
        split = LastSplit(seed=0)
        split.assign("u1", {"a": 10, "b": 20, "c": 30})["c"]  # "test"
    """

    seed: int
    least = 3
    needs_times = True

    def assign(self, user_id: str, history: History) -> dict[str, str]:
        """Orders the items by time; holds out the last two."""

        def order(item_id: str) -> tuple[int, bytes]:
            time = history[item_id]
            assert time is not None  # Missing times were rejected.
            return time, _hash(f"{self.seed}\n{user_id}\n{item_id}")

        *train, validation, test = sorted(history, key=order)
        return {
            test: TEST,
            validation: VALIDATION,
            **dict.fromkeys(train, TRAIN),
        }


@dataclasses.dataclass(frozen=True)
class TimeSplit(Split):
    """Temporal split: later interactions of all users are held out.

    Attributes:
        validation_from: Start of validation in seconds since 1970, inclusive.
        test_from: Start of test in seconds since 1970, inclusive.

    Example:
        split = TimeSplit(validation_from=1_000, test_from=2_000)
        split.assign("u1", {"a": 500, "b": 1_000})["b"]  # "validation"
    """

    validation_from: int
    test_from: int
    least = 1
    needs_times = True

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Returns whether the time is before `validation_from`."""
        return self._split_of(time) == TRAIN

    def assign(self, user_id: str, history: History) -> dict[str, str]:
        """Compares each time with `validation_from` and `test_from`."""
        return {
            item_id: self._split_of(time) for item_id, time in history.items()
        }

    def _split_of(self, time: int | None) -> str:
        assert time is not None  # Missing times were rejected.
        if time >= self.test_from:
            return TEST
        return VALIDATION if time >= self.validation_from else TRAIN


@dataclasses.dataclass(frozen=True)
class NewItemsSplit(Split):
    """Cold-start item split: holds out items with all their interactions.

    Attributes:
        share: Fraction of the items for validation, and the same for test.
        seed: Random seed.

    Example:
        split = NewItemsSplit(share=0.1, seed=0)
        split.assign("u1", {"a": None, "b": None})
    """

    share: float
    seed: int
    least = 1
    needs_times = False

    def may_train(self, item_id: str, time: int | None) -> bool:
        """Returns whether the hash of the item is outside both fractions."""
        return self._split_of(item_id) == TRAIN

    def assign(self, user_id: str, history: History) -> dict[str, str]:
        """Compares a hash of each item with `share`; equal for all users."""
        return {item_id: self._split_of(item_id) for item_id in history}

    def _split_of(self, item_id: str) -> str:
        part = int.from_bytes(_hash(f"{self.seed}\n{item_id}")[:8], "big")
        if part < self.share * 2**64:
            return TEST
        return VALIDATION if part < 2 * self.share * 2**64 else TRAIN


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
