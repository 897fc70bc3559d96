"""Turns feedback events of the studio into interactions.

The log says what was shown and how users reacted. Only reactions count: an item
that was shown without one is no negative, because people look at the first few
of a list and a position says more about what was seen than about taste.
"""

import datetime
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from atelier.schema import feedback_event
from atelier.schema.feedback_event import FeedbackEvent
from atelier.schema.signatures import RECOMMENDER
from beam_jobs.prepare.pseudonyms import holds_email
from beam_jobs.prepare.pseudonyms import pseudonym
from beam_jobs.prepare.rejections import NO_REACTION
from beam_jobs.prepare.rejections import TAKEN_BACK
from beam_jobs.prepare.rejections import reject
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.event_log import UNWEIGHTED
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import WEIGHT
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import Row

Reaction = tuple[datetime.datetime, Address, str]
"""Time, row and type of an event: sort order and content."""


def keyed_event(row: Row, email_key: bytes | None) -> Iterator[Any]:
    """Yields ((user id, item id), `Reaction`), or a rejection.

    A visitor without a user id is a user per session. An address becomes a
    pseudonym here, so that the events of a user before and after the model had
    pseudonyms are together, and no rejection shows the address.

    Args:
        row: Row of the event log, all keys of the JSON object.
        email_key: Secret of the shop for pseudonyms; None to keep addresses.
    """
    try:
        event = feedback_event.parse_event(row.values)
    except ValueError as error:
        yield reject(EVENTS, row.address, "bad_event", str(error))
        return
    problem = _no_reaction(event)
    if problem:
        yield reject(EVENTS, row.address, NO_REACTION, problem)
        return
    user_id = event.user or f"session:{event.session}"
    if email_key is not None and holds_email(user_id):
        user_id = pseudonym(user_id, email_key)
    time = feedback_event.time_of(event)
    yield (user_id, event.item_id), (time, row.address, event.type)


def interactions_of(
    element: tuple[tuple[str, str], Iterable[Reaction]],
    weights: Mapping[str, float],
) -> Iterator[Any]:
    """Yields rows of the interactions table, and rejections.

    Repeated reactions are dropped later, as repeated interactions are.

    Args:
        element: (user id, item id), and the reactions of the user to the item.
        weights: Weight of an interaction by the type of its event.
    """
    (user_id, item_id), unordered = element
    reactions = sorted(unordered)
    taken_back = feedback_event.taken_back([kind for *_, kind in reactions])
    for (time, address, kind), is_void in zip(
        reactions, taken_back, strict=True
    ):
        if is_void:
            undone = feedback_event.UNDOES.get(kind, kind)
            detail = f"user {user_id!r} took the {undone} of {item_id!r} back"
            yield reject(EVENTS, address, TAKEN_BACK, detail)
        else:
            yield Row(
                address,
                {
                    USER_ID: user_id,
                    ITEM_ID: item_id,
                    TIME: time,
                    WEIGHT: weights[kind],
                },
            )


def weighted(row: Row) -> Row:
    """Returns a row of the interactions table that has a weight.

    Without one it would count as the mean of the weights, which here are those
    of the events.
    """
    if row.values.get(WEIGHT) is not None:
        return row
    return Row(row.address, {**row.values, WEIGHT: UNWEIGHTED})


def _no_reaction(event: FeedbackEvent) -> str:
    """Returns why an event says nothing about an item, "" if it does."""
    if event.type == feedback_event.SHOWN:
        return "a list that was shown says nothing about its items"
    if event.model != RECOMMENDER:
        return f"the {event.model} shows designs, which are not in the catalog"
    return ""
