"""Lists shown to and likes of the users of each label of an experiment."""

import dataclasses
import datetime
import glob
import gzip
import json
import os
from collections import Counter
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Iterator

from atelier.io.errors import UserError
from atelier.schema import feedback_event
from atelier.schema.feedback_event import FeedbackEvent
from atelier.schema.signatures import RECOMMENDER
from serving.experiments.assignment import Experiment
from serving.experiments.assignment import assign

LIKES = (feedback_event.LIKE, feedback_event.KEEP, feedback_event.CHOICE)
"""Types of events that count as a like."""

_Reaction = tuple[datetime.datetime, int, str, str]
"""Time, line of the log, session and type of an event."""


@dataclasses.dataclass
class Outcomes:
    """Lists and likes of the users of a label.

    Attributes:
        lists: Number of lists that each user was shown.
        likes: Number of likes of each user. An item counts once a session, and
            not if the like was taken back.
    """

    lists: Counter[str] = dataclasses.field(default_factory=Counter)
    likes: Counter[str] = dataclasses.field(default_factory=Counter)

    def rates(self) -> list[float]:
        """Returns the likes per list of each user who was shown one."""
        return [self.likes[user] / n for user, n in self.lists.items()]


@dataclasses.dataclass
class EventFiles:
    """Files of an event log.

    Attributes:
        paths: Paths of the files, plain or `.gz`.
        num_bad_lines: Number of the lines without a valid event among those
            that were read so far.
        bad_line: File, number and problem of the first one, "" if none.

    Example:
        log = EventFiles.find("runs/events/*.jsonl")
        events = list(log.read())
    """

    paths: list[str]
    num_bad_lines: int = 0
    bad_line: str = ""

    @classmethod
    def find(cls, pattern: str) -> "EventFiles":
        """Finds the files of a log.

        Args:
            pattern: Path, folder or glob pattern.

        Raises:
            UserError: If no file matches.
        """
        if os.path.isdir(pattern):
            pattern = f"{glob.escape(pattern)}/*.jsonl*"
        paths = sorted(glob.glob(pattern))
        if not paths:
            raise UserError(f"--events {pattern} matches no file; check it")
        return cls(paths)

    def read(self) -> Iterator[FeedbackEvent]:
        """Yields the events of all files, and counts the lines without one."""
        for path in self.paths:
            opened = gzip.open if path.endswith(".gz") else open
            with opened(path, "rb") as file:
                for number, line in enumerate(file, 1):
                    try:
                        yield feedback_event.parse_event(json.loads(line))
                    except (ValueError, RecursionError) as error:
                        self.num_bad_lines += 1
                        self.bad_line = (
                            self.bad_line or f"{path} line {number}: {error}"
                        )


def collect(
    events: Iterable[FeedbackEvent], experiment: Experiment
) -> tuple[dict[str, Outcomes], int]:
    """Counts what users of an experiment saw and liked.

    An event counts if its label is the one that the experiment assigns to its
    user, or to the session of a visitor without an id. Others come from pages
    that show both labels to one user, or from before the experiment.

    Args:
        events: Events of the log, in any order.
        experiment: Experiment that divided the users.

    Returns:
        Outcomes by label, and the number of events of the recommender with
        another label.
    """
    outcomes = {label: Outcomes() for label in experiment.labels}
    reactions: dict[tuple[str, str, str], list[_Reaction]] = defaultdict(list)
    num_others = 0
    for number, event in enumerate(events):
        if event.model != RECOMMENDER:
            continue
        user = event.user or event.session
        label = assign(user, experiment)
        if event.label != label:
            num_others += 1
        elif event.type == feedback_event.SHOWN:
            outcomes[label].lists[user] += 1
        else:
            time = feedback_event.time_of(event)
            reactions[label, user, event.item_id].append(
                (time, number, event.session, event.type)
            )
    for (label, user, _), of_item in reactions.items():
        outcomes[label].likes[user] += _num_likes(of_item)
    return outcomes, num_others


def _num_likes(reactions: list[_Reaction]) -> int:
    """Returns in how many sessions a user liked an item."""
    ordered = sorted(reactions)
    taken_back = feedback_event.taken_back([kind for *_, kind in ordered])
    return len(
        {
            session
            for (*_, session, kind), is_void in zip(
                ordered, taken_back, strict=True
            )
            if kind in LIKES and not is_void
        }
    )
