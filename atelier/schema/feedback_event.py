"""Feedback event: a reaction of a user to what a page has shown.

The studio appends events to a log of JSON lines, one event a line. The log is
read by `beam_jobs.prepare`, as interactions, and by `serving.ab_report`.
"""

import dataclasses
import datetime
import json
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

SHOWN = "shown"
LIKE = "like"
UNLIKE = "unlike"
HIDE = "hide"
UNHIDE = "unhide"
CHOICE = "choice"
KEEP = "keep"
OPEN = "open"
TYPES = (SHOWN, LIKE, UNLIKE, HIDE, UNHIDE, CHOICE, KEEP, OPEN)
"""Types of events, see `FeedbackEvent`."""
UNDOES = {UNLIKE: LIKE, UNHIDE: HIDE}
"""Type of the reactions that an event takes back, by its own type."""
MAX_TEXT = 512
"""Maximum length of an id or a name, in characters."""
MAX_ITEMS = 500
"""Maximum number of item ids of an event."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REQUIRED = ("type", "session", "model", "time")
_TEXTS = ("user", "version", "label", "list", "item_id", *_REQUIRED)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeedbackEvent:
    """An event of the log.

    Attributes:
        type: `shown` for a list of items on the screen, or the user's reaction
            to one item: `like`, `hide`, `unlike` and `unhide` (take an earlier
            one back), `choice` (preferred to the others of `item_ids`), `keep`
            (put on the moodboard), `open` (looked at the details).
        user: User id of the shop, which must be a pseudonym; "" if unknown.
        session: Random id of one visit.
        model: Name of the model that made the list: `recommender` or
            `designer`.
        version: Version of that model, "" if unknown.
        label: Version label that was requested, such as `canary`; "" if none.
        list: Name of the view, such as `for-you`.
        item_ids: Ids of the items that were shown together, best first.
        item_id: Id of the item that was reacted to; "" for `shown`.
        rank: Position of that item in its list, from 1; None if unknown.
        time: ISO 8601 time with a time zone.

    Example:
        event = FeedbackEvent(
            type="like", user="u17", session="k3v9", model="recommender",
            item_id="dress-4", rank=2, time="2026-11-30T14:05:00Z",
        )
        log.write(event_line(event))
    """

    type: str
    user: str = ""
    session: str
    model: str
    version: str = ""
    label: str = ""
    list: str = ""
    item_ids: tuple[str, ...] = ()
    item_id: str = ""
    rank: int | None = None
    time: str


def event_line(event: FeedbackEvent) -> str:
    """Returns the line of an event in the log, with its line break.

    Fields without a value are left out.
    """
    values = {
        name: value
        for name, value in dataclasses.asdict(event).items()
        if value not in ("", (), None)
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


def parse_event(value: object) -> FeedbackEvent:
    """Parses an event from outside.

    Args:
        value: Value of a JSON object. Fields may be missing or null as the
            defaults of `FeedbackEvent` allow. Other fields are refused, so
            that no personal data get into a log by accident.

    Returns:
        The event, which is sound in every field.

    Raises:
        ValueError: If it is not such an object; the text says why.
    """
    if not isinstance(value, dict):
        raise ValueError(
            f"an event is a JSON object, got {type(value).__name__}"
        )
    known = [field.name for field in dataclasses.fields(FeedbackEvent)]
    for name in value:
        if name not in known:
            raise ValueError(
                f"an event has no field {_shown(name)}; its fields are "
                f"{', '.join(known)}"
            )
    event = FeedbackEvent(
        **{name: _text(value, name) for name in _TEXTS},
        item_ids=_item_ids(value.get("item_ids")),
        rank=_rank(value.get("rank")),
    )
    _check(event)
    return event


def time_of(event: FeedbackEvent) -> datetime.datetime:
    """Returns the time of an event, with its time zone.

    Raises:
        ValueError: If it is not an ISO 8601 time with a time zone.
    """
    try:
        time = datetime.datetime.fromisoformat(event.time)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(
            "time must be an ISO 8601 time with a zone, such as "
            f"2026-11-30T14:05:00Z, got {_shown(event.time)}"
        )
    return time


def taken_back(types: Sequence[str]) -> list[bool]:
    """Returns which reactions of a user to an item do not count any more.

    Args:
        types: Types of the events, in the order of their times.

    Returns:
        True for each `unlike` and each `like` before one, and for each `unhide`
        and each `hide` before one.
    """
    last = {
        UNDOES[kind]: place
        for place, kind in enumerate(types)
        if kind in UNDOES
    }
    return [
        kind in UNDOES or place < last.get(kind, -1)
        for place, kind in enumerate(types)
    ]


def _check(event: FeedbackEvent) -> None:
    """Checks what depends on more than the type of a field.

    Raises:
        ValueError: If a required field is missing or a value is not allowed.
    """
    for name in _REQUIRED:
        if not getattr(event, name):
            raise ValueError(f"an event needs a {name}")
    if event.type not in TYPES:
        raise ValueError(
            f"type must be one of {', '.join(TYPES)}, got {_shown(event.type)}"
        )
    if event.type == SHOWN and not event.item_ids:
        raise ValueError("an event of type shown needs item_ids")
    if event.type != SHOWN and not event.item_id:
        raise ValueError(f"an event of type {event.type} needs an item_id")
    time_of(event)


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    if text is None:
        return ""
    _check_text(name, text)
    return str(text)


def _item_ids(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"item_ids must be a list, got {_shown(value)}")
    if len(value) > MAX_ITEMS:
        raise ValueError(
            f"item_ids must hold at most {MAX_ITEMS} ids, got {len(value)}"
        )
    for item_id in value:
        _check_text("item_ids", item_id)
        if not item_id:
            raise ValueError("item_ids must not hold an empty id")
    return tuple(value)


def _rank(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value < 2**31:  # True is an int.
        raise ValueError(
            f"rank must be a whole number from 1, got {_shown(value)}"
        )
    return value


def _check_text(name: str, value: object) -> None:
    """Checks that a value is a short text.

    Raises:
        ValueError: If it is no text, too long, or has control characters or
            halves of surrogate pairs, which are not UTF-8.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, got {_shown(value)}")
    if len(value) > MAX_TEXT:
        raise ValueError(
            f"{name} must have at most {MAX_TEXT} characters, got {len(value)}"
        )
    if _UNPRINTABLE.search(value):
        raise ValueError(
            f"{name} must be UTF-8 text without control characters, got "
            f"{_shown(value)}"
        )


def _shown(value: object) -> str:
    """Returns the beginning of a value, for messages."""
    return ascii(value)[:80]
