"""The report of an A/B experiment, from the log to the sentences."""

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from atelier.io.errors import UserError
from serving.experiments.assignment import Experiment
from serving.experiments.assignment import assign
from serving.experiments.report_cli import main

HALF = {"stable": 0.5, "canary": 0.5}


def event(kind, user, label, item="", session="s", minute=0, **changed):
    return {
        "type": kind,
        "user": user,
        "session": session,
        "model": "recommender",
        "label": label,
        "item_id": item,
        "time": f"2026-11-30T10:{minute:02}:00Z",
        **changed,
    }


def shown(user, label, **changed):
    return event("shown", user, label, item_ids=["a", "b"], **changed)


def visits(rates, num_users=200, labels=HALF):
    """Events of users who each see five lists and like some of them."""
    chance = random.Random(0)
    experiment = Experiment("ease", "7f3a", labels)
    for number in range(num_users):
        label = assign(f"u{number}", experiment)
        for visit in range(5):
            yield shown(f"u{number}", label, session=f"s{visit}")
            if chance.random() < rates[label]:
                yield event("like", f"u{number}", label, "a", f"s{visit}")


@pytest.fixture
def report(tmp_path, capsys, caplog):
    """Prints the report of events; returns the text and the notes."""

    def report(events, labels=HALF, name="events-1.jsonl", flags=()):
        experiment = {"name": "ease", "salt": "7f3a", "labels": labels}
        (tmp_path / "ab.json").write_text(json.dumps(experiment))
        lines = "".join(json.dumps(one) + "\n" for one in events)
        opened = gzip.open if name.endswith(".gz") else open
        with opened(tmp_path / name, "wt") as file:
            file.write(lines)
        caplog.set_level("INFO")
        main(
            [
                f"--events={tmp_path}/*.jsonl*",
                f"--experiment={tmp_path}/ab.json",
                *flags,
            ]
        )
        return capsys.readouterr().out, caplog.text

    return report


def test_a_better_label_is_called_so(report):
    text, notes = report(visits({"stable": 0.2, "canary": 0.5}, 400))
    first, _, header, stable, canary = text.splitlines()
    assert first.startswith("The lists of canary are liked 1")
    assert "% more often than those of stable (interval +" in first
    assert first.endswith("This holds however often you look.")
    assert header.split()[:5] == ["label", "likes", "per", "list", "lift"]
    assert stable.split()[:3] == ["stable", "0.197", "reference"]
    assert canary.startswith("canary")
    assert notes == ""


def test_a_page_has_the_same_words(report, tmp_path):
    labels = {"stable": 0.5, "<b>": 0.5}
    events = visits({"stable": 0.2, "<b>": 0.5}, 400, labels)
    text, _ = report(events, labels, flags=[f"--out={tmp_path}/ab.html"])
    page = (tmp_path / "ab.html").read_text()
    assert "The lists of &lt;b&gt; are liked 1" in page
    assert "<td>&lt;b&gt;</td>" in page
    assert text.endswith(f"wrote {tmp_path}/ab.html; open it in a browser\n")


def test_a_worse_label_is_called_so(report):
    text, _ = report(visits({"stable": 0.6, "canary": 0.2}))
    assert "% less often than those of stable (interval -" in text


def test_labels_without_a_difference_stay_open(report):
    text, _ = report(visits({"stable": 0.3, "canary": 0.3}))
    assert text.startswith("It is open whether canary or stable is better")
    assert "includes 0. Let the experiment run on" in text


def test_three_labels_are_each_compared_with_the_first(report):
    labels = {"stable": 0.4, "canary": 0.3, "bold": 0.3}
    rates = {"stable": 0.3, "canary": 0.8, "bold": 0.3}
    text, _ = report(visits(rates, 400, labels), labels)
    first, second, *_ = text.splitlines()
    assert first.startswith("The lists of canary are liked")
    assert second.startswith("It is open whether bold or stable is better")


def test_a_broken_split_comes_first(report):
    rates = {"stable": 0.3, "canary": 0.3}
    events = [
        one
        for one in visits(rates, 600)
        if one["label"] == "stable" or int(one["user"][1:]) % 2
    ]
    text, _ = report(events)
    assert text.startswith("Do not trust this comparison: 70.7 %")
    assert "instead of 50.0 % saw stable, 29.3 % of the users" in text


def test_what_does_not_count(report, tmp_path):
    base = list(visits({"stable": 0.3, "canary": 0.3}))
    expected, _ = report(base)
    user = base[0]["user"]
    label = base[0]["label"]
    other = {"stable": "canary", "canary": "stable"}[label]
    others = [
        shown(user, other),
        event("like", user, other, "b"),
        event("like", user, "", "c"),
    ]
    void = [
        event("like", user, label, "d", minute=1),
        event("unlike", user, label, "d", minute=2),
        event("hide", user, label, "e"),
        event("open", user, label, "f"),
        event("like", user, label, "g", model="designer"),
        event("like", "nobody-saw-a-list", label, "h"),
    ]
    again = [one for one in base if one["type"] == "like"]
    random.Random(1).shuffle(again)
    (tmp_path / "broken.jsonl").write_text('{"type": "lo\n[]\n')
    text, notes = report(base + others + void + again)
    assert text == expected
    assert "2 lines are no events and do not count, for example" in notes
    assert "broken.jsonl line 1: " in notes
    assert "events have another label than that of their user" in notes


def test_visitors_without_an_id_are_told_apart_by_session(report):
    events = [
        {**one, "user": "", "session": one["user"]}
        for one in visits({"stable": 0.6, "canary": 0.2})
    ]
    text, _ = report(events, name="events-1.jsonl.gz")
    assert "% less often than those of stable" in text


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([], "holds no list of the recommender"),
        ([event("like", "u1", "stable", "a")], "holds no list of the recomm"),
        ([shown("u1", "")], "no list in the log has the label that the exper"),
        (
            [
                one
                for one in visits({"stable": 0.5, "canary": 0.5})
                if one["label"] == "stable"
            ],
            "no user was shown a list of canary, so there is nothing to comp",
        ),
        (
            list(visits({"stable": 0.5, "canary": 0.5}, 40)),
            r"too early to tell: \d+ users were shown lists of stable, \d+ of",
        ),
        (
            list(visits({"stable": 0.5, "canary": 0.0})),
            "lists of canary, 0 of them liked something; each label needs 50 u",
        ),
    ],
)
def test_too_little_data_is_explained(report, events, problem):
    with pytest.raises(UserError, match=problem):
        report(events)


def test_a_log_that_is_not_there(tmp_path):
    (tmp_path / "ab.json").write_text(
        json.dumps({"name": "ease", "salt": "7f3a", "labels": HALF})
    )
    with pytest.raises(UserError, match="no.jsonl matches no file; check it"):
        main(
            [
                f"--events={tmp_path}/no.jsonl",
                f"--experiment={tmp_path}/ab.json",
            ]
        )


@pytest.mark.compat
def test_the_report_needs_no_other_package(tmp_path):
    script = """
import sys
sys.path.insert(0, sys.argv[1])
for name in ("jinja2", "numpy", "tensorflow", "yaml"):
    sys.modules[name] = None
from serving.experiments.report_cli import main
main(["--help"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parents[3])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "python -m serving.ab_report --events" in done.stdout
