"""Feedback events as interactions: what counts, how much, and what does not."""

import json

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.cli import open_source
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.feedback import keyed_event
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.pseudonyms import NO_KEY
from beam_jobs.prepare.pseudonyms import pseudonym
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.event_log import WEIGHTS
from beam_jobs.sources.event_log import EventLog
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row


def item(number):
    return f"no. {number}, ñ"


def event(kind, user, number, minute, **changed):
    return {
        "type": kind,
        "user": user,
        "session": "morning",
        "model": "recommender",
        "item_id": item(number),
        "time": f"2026-11-30T10:{minute:02}:00+01:00",
        **changed,
    }


LOG = [
    # Of ann: a like that stays, said twice and after looking.
    event("open", "ann", 7, 1),
    event("like", "ann", 7, 2),
    event("like", "ann", 7, 3),
    # Of bob: a like taken back and one liked again; looking alone counts less.
    event("like", "bob", 12, 1),
    event("unlike", "bob", 12, 2),
    event("like", "bob", 13, 1),
    event("unlike", "bob", 13, 2),
    event("like", "bob", 13, 3),
    event("open", "bob", 14, 4),
    # Of 帽: one thing is hidden, and another one by mistake.
    event("hide", "帽", 2, 5),
    event("hide", "帽", 3, 5),
    event("unhide", "帽", 3, 6),
    # A visitor without an id, whose five likes are those of a user.
    *(event("like", "", number, 6, session="k3v9") for number in range(5)),
    # What is no interaction.
    event("shown", "ann", 0, 7, item_id="", item_ids=[item(3), item(8)]),
    event("keep", "ann", 0, 8, model="designer", item_id="design-1"),
    # What is wrong.
    event("love", "ann", 0, 9),
    event("like", "ann", 99, 9),
]


@pytest.fixture(scope="module")
def data_dir(shop, flags_of, build_once):
    """A shop without weights, with the events of `LOG` in two files."""

    def run(folder):
        lines = [json.dumps(line, ensure_ascii=False) for line in LOG]
        # A rotated log may be empty, and its last line cut off.
        (folder / "events-1.jsonl").write_text("\n".join(lines[:5]))
        (folder / "events-2.jsonl").write_text("\n".join(lines[5:] + ["{"]))
        (folder / "events-3.jsonl").touch()
        prepare.main(
            [
                *flags_of(shop, folder / "data"),
                f"--events={folder}/events-*.jsonl",
                "--event_weights=open=0.5",
                "--negative_weights=negative",
                "--max_rejected=0.2",
            ]
        )

    return str(build_once("prepared_feedback", run) / "data")


@pytest.fixture(scope="module")
def weights(data_dir, read_back):
    """Weights and times of all triples by user and item."""
    return {
        (
            record[feature_keys.USER_ID][0].decode(),
            record[feature_keys.ITEM_ID][0].decode(),
        ): (
            record[feature_keys.WEIGHT][0],
            *record.get(feature_keys.TIME, ()),
        )
        for split in (*paths.SPLITS, paths.NEGATIVE)
        for record in read_back(paths.triples(data_dir, split))
    }


def test_a_like_becomes_one_interaction(weights):
    nine_02 = 1_796_029_320
    assert weights["ann", item(7)] == (1.0, nine_02)


def test_interactions_without_a_weight_count_as_a_like(weights):
    assert weights["ann", item(0)] == (1.0,)


def test_a_like_that_was_taken_back_is_none(weights):
    assert ("bob", item(12)) not in weights
    assert weights["bob", item(13)][0] == 1.0
    assert weights["bob", item(14)][0] == 0.5


def test_what_was_only_opened_is_not_owned(data_dir, weights):
    owned_weight = Manifest.read(data_dir).options["owned_weight"]
    assert weights["bob", item(14)][0] < np.float32(owned_weight) < 0.6


@pytest.mark.parametrize(
    ("weights", "owned_weight"),
    [
        (None, pytest.approx(0.2, rel=1e-6)),
        ("open=0", None),  # Opened items are left out.
        ("open=1", None),  # A like weighs no more.
        ("like=0.5,open=0.5", None),
    ],
)
def test_weight_of_owned_items(tmp_path, weights, owned_weight):
    (tmp_path / "events.jsonl").touch()
    log = EventLog.open(str(tmp_path), weights)
    assert log.owned_weight == owned_weight


def test_owned_weight_needs_no_weights_beside_events(shop, flags_of, tmp_path):
    (tmp_path / "events.jsonl").touch()
    flags = [*flags_of(shop, tmp_path / "data"), "--owned_weight=1"]
    args, _ = parse_flags([*flags, f"--events={tmp_path}"])
    open_source(args, config_of(args))
    args, _ = parse_flags(flags)
    with pytest.raises(UserError, match="--owned_weight needs the weights"):
        open_source(args, config_of(args))


def test_what_is_hidden_is_an_explicit_negative(weights, data_dir):
    assert weights["帽", item(2)][0] == -1.0
    assert Manifest.read(data_dir).counts["negative"] == 1


def test_a_visitor_without_an_id_is_a_user_per_session(weights):
    of_visitor = {one for user, one in weights if user == "session:k3v9"}
    assert of_visitor == {item(number) for number in range(5)}


def test_lists_that_were_shown_are_no_negatives(weights):
    assert ("ann", item(8)) not in weights


def test_each_line_is_an_interaction_or_is_explained(data_dir, rejected):
    listed = [
        (table, name, row, reason)
        for table, name, row, reason in rejected(data_dir)
        if name.startswith("events")
    ]
    assert listed == [
        ("events", "events-1.jsonl", 4, "reaction_taken_back"),
        ("events", "events-1.jsonl", 5, "reaction_taken_back"),
        ("events", "events-2.jsonl", 1, "reaction_taken_back"),
        ("events", "events-2.jsonl", 2, "reaction_taken_back"),
        ("events", "events-2.jsonl", 6, "reaction_taken_back"),
        ("events", "events-2.jsonl", 7, "reaction_taken_back"),
        ("events", "events-2.jsonl", 13, "event_without_reaction"),
        ("events", "events-2.jsonl", 14, "event_without_reaction"),
        ("events", "events-2.jsonl", 15, "bad_event"),
        ("events", "events-2.jsonl", 17, "malformed_row"),
        ("interactions", "events-1.jsonl", 1, "duplicate_interaction"),
        ("interactions", "events-1.jsonl", 3, "duplicate_interaction"),
        ("interactions", "events-2.jsonl", 16, "unknown_item"),
    ]
    manifest = Manifest.read(data_dir)
    assert manifest.rows["events"] == len(LOG) + 1
    reactions = len(LOG) + 1 - 10
    assert manifest.rows["interactions"] == 20 + reactions


def test_too_many_bad_events_stop_the_job(
    shop, flags_of, without_job, tmp_path
):
    (tmp_path / "events.jsonl").write_text("{}\n")
    without_job(
        rows={"interactions": 15, "events": 10},
        rejected={"events": {"bad_event": 3, "event_without_reaction": 7}},
    )
    with pytest.raises(UserError, match="3 of 10 rows of the events table are"):
        prepare.main(
            [
                *flags_of(shop, tmp_path / "data"),
                f"--events={tmp_path}/events.jsonl",
            ]
        )


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--events=none/*.jsonl"], "none/.* matches no file"),
        (["--event_weights=open=0"], "--event_weights applies only to an ev"),
        (["--events=.", "--event_weights=shown=1"], "got 'shown=1'"),
        (["--events=.", "--event_weights=open=nan"], "got 'open=nan'"),
        (["--events=.", "--event_weights=open"], "got 'open'"),
    ],
)
def test_bad_flags(shop, flags_of, tmp_path, monkeypatch, flags, problem):
    (tmp_path / "events.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=problem):
        prepare.main([*flags_of(shop, tmp_path / "data"), *flags])


def test_weights_of_a_log(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"type": "like"}\n[]\n')
    log = EventLog.open(str(path), "open=0,hide=-2")
    assert log.weights == {**WEIGHTS, "open": 0.0, "hide": -2.0}
    rows = [
        row for chunk in log.chunks(EVENTS) for row in log.read(EVENTS, chunk)
    ]
    assert rows[0].values == {"type": "like"}
    assert isinstance(rows[1], BadRow)


def test_an_address_is_one_user_before_and_after_it_has_a_pseudonym():
    name = pseudonym("ann@example.com")
    events = [
        event("like", "ann@example.com", 1, 1),
        event("unlike", name, 1, 2),
    ]
    keys = [
        key
        for place, values in enumerate(events)
        for key, _ in keyed_event(Row(("log.jsonl", place), values), NO_KEY)
    ]
    assert keys == [(name, item(1))] * 2
