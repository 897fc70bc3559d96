"""The page of people with no, one and several held-out items."""

import dataclasses
import re
import types

import pytest
import tensorflow as tf
from PIL import Image

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.item import Item
from atelier.schema.item import build_item
from atelier.schema.run_artifacts import DESIGNS
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.user import User
from atelier.schema.user import build_user
from serving.report import cli as report
from serving.report import users_section

SHIRT, HAT, CAP, ROBE, JEAN, SOCK = ITEMS = [
    "shirt,1",
    "шапка",
    "帽子",
    "robe",
    "jean",
    "sock",
]
TRAIN = {"ann": [SHIRT], "bob": [HAT], "cyd": [CAP]}
VALIDATION = [("ann", HAT), ("ann", ROBE), ("cyd", HAT)]
RANKS = [  # Of cyd nothing is held out for test.
    {"user_id": "ann", "item_id": JEAN, "rank": 2, "num_candidates": 2},
    {"user_id": "ann", "item_id": SOCK, "rank": 1, "num_candidates": 2},
    {"user_id": "bob", "item_id": CAP, "rank": 3, "num_candidates": 5},
]


def write_records(path, records):
    with tf.io.TFRecordWriter(path, options="GZIP") as writer:
        for record in records:
            writer.write(record)


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """The items of the tiny recommender, each a photo of its own."""
    for name in ("items", "users", "triples"):
        (tmp_path / name).mkdir()
    photo = tmp_path / "photo.jpg"
    images = []
    for index in range(len(ITEMS)):
        Image.new("RGB", (8, 8), (40 * index, 0, 0)).save(photo)
        images.append(photo.read_bytes())
    path = str(tmp_path)
    write_records(
        paths.shard(path, "items", "items", 0, 1),
        [
            build_item(
                Item(one, image, f"a {one}", title="Cap" if one == CAP else "")
            )
            for one, image in zip(ITEMS, images, strict=True)
        ],
    )
    write_records(
        paths.shard(path, "users", "users", 0, 1),
        [build_user(User(*one)) for one in TRAIN.items()],
    )
    write_records(
        paths.shard(path, "triples", "validation", 0, 1),
        [build_triple(Triple(*pair, b"")) for pair in VALIDATION],
    )
    monkeypatch.setattr(
        report.Manifest,
        "read",
        lambda _: types.SimpleNamespace(counts={"users": 3, "items": 6}),
    )
    return path


@pytest.fixture
def run_dir(tmp_path):
    """A run whose test interactions are those of `RANKS`."""
    path = str(tmp_path)
    measured = {"auc": 0.25, "hr@10": 1.0, "ndcg@10": 0.5}
    models = {
        "vis_rank": {"all": {**measured, "ndcg@10": 0.75}},
        "two_tower": {"all": {**measured, "auc": 0.75}},
    }
    intervals = dict.fromkeys(models, {"all": {"auc": [0.2, 0.3]}})
    json_files.write_json(
        path,
        run_artifacts.METRICS,
        {
            "test_interactions": {"all": len(RANKS)},
            "models": models,
            "identical_slices": {},
            "intervals": intervals,
            "protocol": "made",
            "cpu_minutes": {"two_tower": 2.5},
            "holm": {"vis_rank": {"all": {"ndcg@10": 0.01, "auc": 0.06}}},
            "rivals": {},
            "verdict": "Ours beats VisRank.",
        },
    )
    json_files.write_json_lines(path, run_artifacts.RANKS, RANKS)
    json_files.write_json_lines(
        path, run_artifacts.HISTORY, [{"epoch": 1, "loss": 0.5, "val_auc": 0.6}]
    )
    return path


@pytest.fixture
def people(server, data_dir, run_dir):
    """The part of the page about each person, by id."""
    page = report.render(server.address, data_dir, run_dir, num_users=9)
    assert "All items (3 held out)" in page
    users, _ = page.split('<h2 id="evaluation">')
    _, *parts = re.split(r'<h2 id="user-\d+">User ', users)
    return {part.partition("<")[0]: part for part in parts}


def captions(part):
    """Returns whether each figure with a caption is framed, and its text."""
    found = re.findall(
        r'<figure(?: class="(\w+)")?>\s*<img [^>]*>\s*<figcaption>(.*?)</',
        part,
        re.DOTALL,
    )
    return [
        (kind == "held", " ".join(text.split()))
        for kind, text in found
        if kind != "because"
    ]


def test_a_user_is_shown_once_with_all_held_out_items(people):
    assert captions(people["ann"]) == [
        # Neither what they took for training nor either validation item.
        (True, "1. a sock"),
        (True, "2. a jean"),
        (False, "3. Cap"),  # Its title.
        # From good to bad, whatever the order of the rows.
        (True, "a sock: rank 1 of 2, above 100.0 % of the others"),
        (True, "a jean: rank 2 of 2, above 0.0 % of the others"),
    ]


def test_a_user_may_have_no_validation_item(people):
    framed = [text for held, text in captions(people["bob"]) if held]
    assert framed[-1] == "Cap: rank 3 of 5, above 50.0 % of the others"
    assert not any("шапка" in text for _, text in captions(people["bob"]))


def test_users_without_held_out_items_are_not_shown(people):
    assert list(people) == ["ann", "bob"]


def test_the_best_of_many_hidden_items_are_shown(
    server, data_dir, run_dir, monkeypatch
):
    monkeypatch.setattr(users_section, "HELD_OUT_SHOWN", 1)
    page = report.render(server.address, data_dir, run_dir, num_users=9)
    assert "their ranks: the best 1 of 2<" in page
    assert "rank 1 of 2," in page
    assert "rank 2 of 2," not in page


@pytest.mark.parametrize(
    ("identical_slices", "expected"),
    [
        ({}, False),
        ({"cold": ["unseen"]}, False),
        ({"all": ["cold", "unseen"]}, True),
    ],
)
def test_held_out_items_are_called_cold_if_all_are(
    server, data_dir, run_dir, identical_slices, expected
):
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)
    metrics["identical_slices"] = identical_slices
    json_files.write_json(run_dir, run_artifacts.METRICS, metrics)
    page = report.render(server.address, data_dir, run_dir, num_users=1)
    assert ("every held-out item is cold" in page) == expected


def test_designs_are_shown_with_their_user(server, data_dir, run_dir, tmp_path):
    out = tmp_path / "designs" / "1"
    out.mkdir(parents=True)
    (out / "design-1.png").write_bytes(b"drawn")
    json_files.write_json(
        str(out),
        DESIGNS,
        {
            "source": "composed",
            "user_id": "bob",
            "category": "a <hat>",
            "photos": 1234,
            "best_real": [{"item_id": ROBE, "z_score": 2.5}],
            "designs": [
                {
                    "file": "design-1.png",
                    "z_score": 3.125,
                    "nearest": [{"item_id": JEAN, "z_score": -0.5}],
                    "cut_item_id": JEAN,
                    "cloth_item_id": "",
                    "color": "#8899aa",
                    "color_name": "gray blue",
                }
            ],
        },
    )
    page = report.render(
        server.address, data_dir, run_dir, 9, designs=str(tmp_path / "designs")
    )
    page, _ = page.split('<h2 id="evaluation">')
    _, ann, bob = re.split(r'<h2 id="user-\d+">User ', page)
    assert "composed" not in ann.lower()
    words = " ".join(bob.split())
    assert (
        "a &lt;hat&gt;; the best of 1,234 catalog images scores +2.50" in words
    )
    for text in (
        "<b>composed, gray blue</b>scores +3.12",
        "cut",
        "color #8899aa",
    ):
        assert f"<figcaption>{text}</figcaption>" in words
    assert f'title="{JEAN}"' in bob


def test_a_page_without_designs_says_nothing_of_them(server, data_dir, run_dir):
    page = report.render(server.address, data_dir, run_dir, num_users=9)
    assert "composed" not in page.lower()


def test_users_come_first_then_the_verdict_and_the_protocol_last(
    server, data_dir, run_dir
):
    page = report.render(server.address, data_dir, run_dir, num_users=9)
    places = [
        page.index(text)
        for text in ("User ann", "User bob", "Ours beats VisRank.", "made")
    ]
    assert places == sorted(places)


def test_each_offer_shows_the_item_of_the_user_behind_it(
    server, data_dir, run_dir, monkeypatch
):
    result = report._recommend(server.address, data_dir, ["ann"], TRAIN)
    reasons = [[SHIRT, "", *[SHIRT] * (len(result.item_ids[0]) - 2)]]
    monkeypatch.setattr(
        report,
        "_recommend",
        lambda *_: dataclasses.replace(result, because_item_ids=reasons),
    )
    page = report.render(server.address, data_dir, run_dir, num_users=1)
    found = re.findall(r'<figure class="because"><img alt="(.*?)"', page)
    assert found == ["a shirt,1"] * 2


def test_images_without_a_caption_have_a_description(people):
    owned, _ = people["ann"].split("Is offered")
    assert re.findall(r'<img alt="(.*?)"', owned) == ["a shirt,1"]


def test_only_our_models_are_named_as_ours(server, data_dir, run_dir):
    page = report.render(server.address, data_dir, run_dir, num_users=1)
    rows = re.findall(r"<tr([^>]*)><td title=\"(\w+)\">(.*?)</tr>", page, re.S)
    assert [(kind, model) for kind, model, _ in rows] == [
        ("", "vis_rank"),
        (' class="ours"', "two_tower"),
    ]
    best = [re.findall(r'class="best">([\d.]+)', cells) for _, _, cells in rows]
    assert [re.findall(r"<td>([\d.]*)</td>$", cells) for *_, cells in rows] == [
        [""],
        ["2.50"],
    ]
    # A star marks a significant difference.
    stars = [re.findall(r"([\d.]+)\*", cells) for *_, cells in rows]
    assert stars == [["0.7500"], []]
    # Marked is the best of each column, of any model; HR@10 is equal.
    assert best == [["1.0000", "0.7500"], ["0.7500", "1.0000"]]


def test_a_run_evaluated_by_an_earlier_version_is_rejected(
    server, data_dir, run_dir
):
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)
    del metrics["holm"]
    json_files.write_json(run_dir, run_artifacts.METRICS, metrics)
    with pytest.raises(UserError, match="earlier version; run .* evaluate"):
        report.render(server.address, data_dir, run_dir, num_users=1)


@pytest.fixture
def run_of_nobody(run_dir):
    """The run, as if its test items were a stranger's."""
    rows = [{**row, "user_id": "nobody"} for row in RANKS]
    json_files.write_json_lines(run_dir, run_artifacts.RANKS, rows)
    return run_dir


def test_a_run_of_other_data_is_rejected(server, data_dir, run_of_nobody):
    with pytest.raises(UserError, match="belongs to other data than"):
        report.render(server.address, data_dir, run_of_nobody, 1)


def test_a_server_of_other_data_is_rejected(
    server, data_dir, run_of_nobody, monkeypatch
):
    """It would give a stranger the average person's list."""
    monkeypatch.setattr(report, "read_users", lambda _: {"nobody": [SHIRT]})
    with pytest.raises(UserError, match="the model at .* was trained on other"):
        report.render(server.address, data_dir, run_of_nobody, 1)
