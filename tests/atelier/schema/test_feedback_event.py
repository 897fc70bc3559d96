"""Feedback events, sound ones and those of a hostile page."""

import json

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.schema import feedback_event
from atelier.schema.feedback_event import FeedbackEvent
from atelier.schema.feedback_event import event_line
from atelier.schema.feedback_event import parse_event

LIKE = {
    "type": "like",
    "user": "u17",
    "session": "k3v9",
    "model": "recommender",
    "version": "1764500000",
    "label": "canary",
    "list": "for-you",
    "item_ids": ["coat-1", "dress-4"],
    "item_id": "dress-4",
    "rank": 2,
    "time": "2026-11-30T14:05:00.250Z",
}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([*feedback_event.TYPES, LIKE["time"], "2026-11-30"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def test_an_event_is_read_back_from_its_line():
    event = parse_event(LIKE)
    line = event_line(event)
    assert line.count("\n") == 1
    assert json.loads(line) == LIKE
    assert parse_event(json.loads(line)) == event


def test_fields_without_a_value_are_left_out():
    event = FeedbackEvent(
        type="shown",
        session="s",
        model="recommender",
        item_ids=("a",),
        time=LIKE["time"],
    )
    assert json.loads(event_line(event)) == {
        "type": "shown",
        "session": "s",
        "model": "recommender",
        "item_ids": ["a"],
        "time": LIKE["time"],
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "love"}, "type must be one of shown, .*, got 'love'"),
        ({"session": ""}, "an event needs a session"),
        ({"session": None}, "an event needs a session"),
        ({"model": None}, "an event needs a model"),
        ({"time": "2026-11-30T14:05:00"}, "ISO 8601 time with a zone"),
        ({"time": "yesterday"}, "ISO 8601 time with a zone.* 'yesterday'"),
        ({"item_id": ""}, "an event of type like needs an item_id"),
        ({"type": "shown", "item_ids": []}, "type shown needs item_ids"),
        ({"item_id": 17}, "item_id must be text, got 17"),
        ({"item_id": "a\nb"}, "item_id must be UTF-8 text without control"),
        ({"user": "\ud83d"}, "user must be UTF-8 text"),
        ({"user": "u" * 513}, "user must have at most 512 characters, got 513"),
        ({"item_ids": "abc"}, "item_ids must be a list, got 'abc'"),
        ({"item_ids": ["a", 1]}, "item_ids must be text, got 1"),
        ({"item_ids": ["a", ""]}, "item_ids must not hold an empty id"),
        ({"item_ids": ["a"] * 501}, "at most 500 ids, got 501"),
        ({"rank": 0}, "rank must be a whole number from 1, got 0"),
        ({"rank": True}, "rank must be a whole number from 1, got True"),
        ({"rank": 1.5}, "rank must be a whole number from 1, got 1.5"),
        ({"email": "a@b.c"}, "an event has no field 'email'; its fields are"),
    ],
)
def test_a_bad_event_is_explained(change, problem):
    with pytest.raises(ValueError, match=problem) as error:
        parse_event({**LIKE, **change})
    assert str(error.value).isprintable()


@pytest.mark.parametrize("value", [None, "like", [LIKE], 3])
def test_an_event_is_an_object(value):
    with pytest.raises(ValueError, match="an event is a JSON object, got"):
        parse_event(value)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(list(LIKE)), JSON_VALUES, max_size=4).map(
        lambda change: {**LIKE, **change}
    )
    | JSON_VALUES
)
def test_any_value_is_refused_or_is_read_back_the_same(value):
    try:
        event = parse_event(value)
    except ValueError as error:
        problem = str(error)
    else:
        line = event_line(event)
        assert line.encode().count(b"\n") == 1
        assert parse_event(json.loads(line)) == event
        problem = ""
    assert problem == "" or problem.isprintable()
    assert len(problem) < 400


@pytest.mark.parametrize(
    ("types", "taken_back"),
    [
        (["like"], [False]),
        (["like", "like", "unlike"], [True, True, True]),
        (["like", "unlike", "like"], [True, True, False]),
        (["unlike", "like"], [True, False]),
        (["open", "like", "unlike", "hide"], [False, True, True, False]),
        (["hide", "like", "unhide"], [True, False, True]),
        (["hide", "unlike"], [False, True]),
        ([], []),
    ],
)
def test_reactions_that_were_taken_back(types, taken_back):
    assert feedback_event.taken_back(types) == taken_back
