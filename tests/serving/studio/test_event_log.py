"""Log of feedback."""

import dataclasses
import functools
import json
import stat
from pathlib import Path

import pytest

from atelier.schema.feedback_event import FeedbackEvent
from atelier.schema.feedback_event import parse_event
from serving.studio.event_log import MAX_EVENTS
from serving.studio.event_log import EventLog

LIKE = {
    "type": "like",
    "session": "k3v9",
    "model": "recommender",
    "item_id": "шапка",
    "rank": 2,
    "time": "2026-11-30T14:05:00Z",
}


@pytest.fixture(scope="module")
def events_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="module")
def logging_client(config, open_page, events_dir: Path):
    with open_page(
        dataclasses.replace(config, events_dir=events_dir)
    ) as client:
        yield client


def lines(folder: Path) -> list[str]:
    return [
        line
        for path in sorted(folder.glob("events-*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_feedback_is_off_by_default(client) -> None:
    assert client.post("/studio/events", json={"events": []}).status_code == 404
    assert client.get("/studio/config.json").json()["feedback"] is False


def test_events_are_appended_and_nothing_besides(
    logging_client, events_dir: Path
) -> None:
    assert logging_client.get("/studio/config.json").json()["feedback"] is True
    before = lines(events_dir)

    for _ in range(2):
        response = logging_client.post(
            "/studio/events",
            json={"events": [LIKE, LIKE]},
            headers={"user-agent": "secret agent"},
        )
        assert (response.status_code, response.content) == (204, b"")

    added = lines(events_dir)[len(before) :]
    assert [json.loads(line) for line in added] == [LIKE] * 4
    (path,) = events_dir.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("document", "status", "sentence"),
    [
        ([], 422, "not a JSON object"),
        ({}, 422, '{"events": [...]}'),
        ({"events": [], "more": 1}, 422, '{"events": [...]}'),
        ({"events": {}}, 422, '{"events": [...]}'),
        ({"events": [LIKE, 1]}, 422, "an event is a JSON object"),
        ({"events": [LIKE | {"ip": "1.2.3.4"}]}, 422, "no field 'ip'"),
        ({"events": [LIKE | {"type": "buy"}]}, 422, "type must be one of"),
        ({"events": [LIKE] * (MAX_EVENTS + 1)}, 413, "100 events at once"),
        ({"events": ["x" * 2**18]}, 413, "at most 256 KB"),
    ],
)
def test_other_feedback_is_refused_whole(
    logging_client, events_dir: Path, document, status: int, sentence: str
) -> None:
    before = lines(events_dir)

    response = logging_client.post("/studio/events", json=document)

    assert response.status_code == status
    assert sentence in response.json()["error"]
    assert lines(events_dir) == before


def test_another_site_cannot_write_feedback(logging_client) -> None:
    response = logging_client.post(
        "/studio/events",
        json={"events": [LIKE]},
        headers={"origin": "http://evil.example"},
    )
    assert response.status_code == 403


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    event: FeedbackEvent = parse_event(LIKE)
    log = EventLog(tmp_path, max_file_bytes=300)

    for _ in range(5):
        log.append([event])

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) > 1
    assert all(size < 300 + 200 for size in sizes)
    assert len(lines(tmp_path)) == 5


def test_a_full_log_refuses_and_deletes_nothing(
    config, open_page, tmp_path: Path
) -> None:
    old = tmp_path / "events-20261129T000000.000000Z.jsonl"
    old.write_text(json.dumps(LIKE) + "\n" + " " * 700 + "\n")
    small = dataclasses.replace(
        config, events_dir=tmp_path, max_event_bytes=1000
    )
    with open_page(small) as client:
        post = functools.partial(client.post, "/studio/events")
        responses = [post(json={"events": [LIKE]}) for _ in range(3)]
        old.rename(tmp_path / "taken")
        responses.append(post(json={"events": [LIKE]}))

    assert [one.status_code for one in responses] == [204, 507, 507, 204]
    assert responses[1].json() == {"error": "Feedback cannot be stored."}
    assert len(lines(tmp_path)) == 2


def test_a_file_that_is_taken_away_is_followed_by_another(
    tmp_path: Path,
) -> None:
    """The other name keeps the moved file from being replaced later."""
    event = parse_event(LIKE)
    log = EventLog(tmp_path)
    log.append([event])
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / "taken")

    log.append([event])

    assert len(lines(tmp_path)) == 1
    assert not path.exists()


def test_a_log_that_cannot_be_written_is_said_in_words(
    config, open_page, tmp_path: Path
) -> None:
    gone = dataclasses.replace(config, events_dir=tmp_path / "gone")
    with open_page(gone) as client:
        response = client.post("/studio/events", json={"events": [LIKE]})

    assert response.status_code == 500
    assert response.json() == {"error": "Feedback cannot be stored."}


def test_a_client_that_sends_too_fast_is_told_so(
    config, open_page, tmp_path: Path
) -> None:
    limited = dataclasses.replace(config, events_dir=tmp_path, rate_limit=0.001)
    with open_page(limited) as client:
        responses = [
            client.post("/studio/events", json={"events": [LIKE]})
            for _ in range(2)
        ]

    assert [response.status_code for response in responses] == [204, 429]
    assert int(responses[1].headers["retry-after"]) > 1
    assert len(lines(tmp_path)) == 1
