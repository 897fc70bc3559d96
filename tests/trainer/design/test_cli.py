"""The command `design`, on a GAN and a recommender of a few weights."""

import collections
import pathlib

import numpy as np
import pytest
from PIL import Image

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.data.items import read_items
from trainer.design.design_context import DesignContext
from trainer.gan.trained_gan import load_trained_gan

USER = "Käufer, 3"
HATS = [
    f"--user={USER}",
    "--category=hat",
    "--count=3",
    "--num_starts=4",
]
UNSEARCHED = [
    "--num_starts=2",
    "--candidates_per_start=1",
    "--count=2",
]
"""Flags of designs that are drawn at random."""


@pytest.fixture(scope="module")
def context(run_dir, drawing_gan):
    return DesignContext.load([run_dir], load_trained_gan(drawing_gan))


@pytest.fixture(scope="module")
def design(design_flags, tmp_path_factory):
    """Returns design(*flags), the folder that they wrote."""

    def run(*flags):
        out = tmp_path_factory.mktemp("designs")
        task.main(["design", *design_flags, f"--out={out}", *flags])
        return out

    return run


@pytest.fixture(scope="module")
def hats(design_flags, build_once, eager):
    """The folder of three designs; tests only read it."""

    def run(folder):
        with eager():
            task.main(["design", *design_flags, f"--out={folder}", *HATS])

    return build_once("hats", run)


def pixels(path):
    return np.asarray(Image.open(path))


def test_as_many_pictures_as_were_asked_for_and_a_sheet(hats):
    assert {path.name for path in hats.iterdir()} == {
        "design-1.png",
        "design-2.png",
        "design-3.png",
        "contact_sheet.png",
        "designs.json",
    }
    assert pixels(hats / "design-1.png").shape == (16, 16, 3)
    assert pixels(hats / "contact_sheet.png").shape[1] > 500


def test_scores_are_those_of_the_pictures(hats, context):
    result = json_files.read_json(str(hats), "designs.json")
    theta = context.user_vector(context.user(USER))
    category_items = context.category_items("hat")
    photos = category_items.embeddings @ theta
    for one in result["designs"]:
        image = pixels(hats / one["file"])[None] / np.float32(127.5) - 1
        score = float(category_items.preference.embed_many(image)[0] @ theta)
        assert one["score"] == pytest.approx(
            score, abs=float(0.05 * photos.std())
        )
        z_score = (one["score"] - photos.mean()) / photos.std()
        assert one["z_score"] == pytest.approx(z_score, abs=1e-3)
        assert one["percentile"] == pytest.approx(
            100 * np.mean(photos < one["score"])
        )
    z_scores = [one["z_score"] for one in result["designs"]]
    assert z_scores == sorted(z_scores, reverse=True)


def test_the_best_photos_are_those_of_the_category(hats, context, data_dir):
    result = json_files.read_json(str(hats), "designs.json")
    theta = context.user_vector(context.user(USER))
    category_items = context.category_items("hat")
    names = np.array(read_items(data_dir, lambda item: item.category))
    item_ids = context.trained.interactions.item_ids
    assert result["photos"] == np.sum(names == "hat")
    best = np.argsort(-(category_items.embeddings @ theta))[:6]
    assert [one["item_id"] for one in result["best_real"]] == [
        item_ids[item] for item in category_items.items[best]
    ]
    for one in result["designs"]:
        for photo in one["nearest"]:
            assert names[item_ids.index(photo["item_id"])] == "hat"
        distances = [photo["distance"] for photo in one["nearest"]]
        assert distances == sorted(distances)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_designs(hats, design, eagerly):
    same = design(*HATS)
    for index in (1, 2, 3):
        ours, again = (
            pixels(folder / f"design-{index}.png") for folder in (hats, same)
        )
        assert np.array_equal(ours, again)


@pytest.mark.slow
def test_another_seed_gives_others_in_place_of_those_of_before(
    hats, design_flags, tmp_path
):
    for name in ("design-1.png", "design-7.png", "mine.png"):
        (tmp_path / name).write_bytes(b"old")
    task.main(
        ["design", *design_flags, f"--user={USER}", "--category=hat",
         "--count=2", "--seed=1", f"--out={tmp_path}"]
    )  # fmt: skip
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        "contact_sheet.png",
        "design-1.png",
        "design-2.png",
        "mine.png",
    ]
    ours, others = (
        pixels(folder / "design-1.png") for folder in (hats, tmp_path)
    )
    assert not np.array_equal(ours, others)


def test_a_cold_start_user_is_known_by_liked_items(design, context, eagerly):
    """Ids may hold commas themselves, and may be repeated.

    What is drawn is what they like most of.
    """
    out = design(
        "--seed_items=Größe, 3-1", "--seed_items=stray 0,stray 1", *UNSEARCHED
    )
    result = json_files.read_json(str(out), "designs.json")
    assert result["liked"] == ["Größe, 3-1", "stray 0,stray 1"]
    items = context.items(result["liked"])
    item_ids = context.trained.interactions.item_ids
    assert [item_ids[item] for item in items] == [
        "Größe, 3-1",
        "stray 0",
        "stray 1",
    ]
    names = read_items(context.run.data_dir, lambda item: item.category)
    counts = collections.Counter(names[item] for item in items)
    drawn = context.gan.categories
    assert result["category"] == max(drawn, key=lambda one: counts[one])
    theta = context.ensemble.encode_user(items)
    scores = context.category_items(result["category"]).embeddings @ theta
    assert result["best_real"][0]["score"] == pytest.approx(
        scores.max(), rel=1e-4
    )


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "mine.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (30, 20, 3), np.uint8)).save(path)
    return path


@pytest.mark.slow
def test_a_photo_is_restyled(design, photo):
    flags = [f"--user={USER}", "--category=hat", f"--photo={photo}"]
    out = design(*flags, "--realism=0")  # Or it may cost some of the score.
    assert {path.name for path in out.iterdir()} == {
        "restyled.png",
        "restyled_strip.png",
        "restyled.json",
    }
    assert pixels(out / "restyled.png").shape == (16, 16, 3)
    result = json_files.read_json(str(out), "restyled.json")
    scores = [one["score"] for one in result["path"]]
    assert scores[0] == result["preference_before"]
    assert scores[-1] == result["preference_after"]
    assert scores[-1] > scores[0]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ["--category=hat"],
            "set either --user, the id of a training user, or --seed_items",
        ),
        (
            [f"--user={USER}", "--seed_items=stray 0", "--category=hat"],
            "set either --user, the id of a training user, or --seed_items",
        ),
        (
            ["--user=nobody", "--category=hat"],
            "--user 'nobody' is not one of the 8 users of",
        ),
        (
            [f"--user={USER}", "--category=tent"],
            "--category 'tent' is not a category of",
        ),
        (
            ["--seed_items=stray 0,tent", "--category=hat"],
            "--seed_items names 'tent', which is not one of the 82 items of",
        ),
        (
            [f"--user={USER}", "--category=hat", "--count=9"],
            "--count 9 with --num_starts 8: a starting point gives one",
        ),
        (
            [f"--user={USER}", "--category=hat", "--candidates_per_start=0"],
            "--candidates_per_start must be at least 1, got 0",
        ),
        (
            [f"--user={USER}", "--category=hat", "--realism=-1"],
            "--realism must be at least 0, got -1",
        ),
        (
            [f"--user={USER}", "--category=hat", "--seed=-3"],
            "--seed must be at least 0, got -3",
        ),
        (
            [f"--user={USER}", "--category=hat", "--strength=1.5"],
            "--strength must be at most 1, got 1.5",
        ),
        (
            [f"--user={USER}", "--photo=nowhere.jpg"],
            "--photo nowhere.jpg needs --category",
        ),
        (
            [f"--user={USER}", "--category=hat", "--photo=nowhere.jpg"],
            "--photo nowhere.jpg cannot be read",
        ),
        (
            [f"--user={USER}", "--category=hat", f"--photo={__file__}"],
            "is none of a JPEG, PNG or WebP file",
        ),
    ],
)
def test_what_cannot_be_designed_is_one_sentence(
    design_flags, tmp_path, flags, words
):
    with pytest.raises(UserError) as error:
        task.main(["design", *design_flags, f"--out={tmp_path}", *flags])
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(pathlib.Path(tmp_path).iterdir())


def test_a_recommender_is_no_gan(run_dir, tmp_path):
    with pytest.raises(UserError, match="is a run of `trainer.task recomm"):
        task.main(
            ["design", f"--run_dir={run_dir}", f"--gan_run_dir={run_dir}",
             f"--user={USER}", "--category=hat", f"--out={tmp_path}"]
        )  # fmt: skip


def test_a_gan_is_no_recommender(drawing_gan, tmp_path):
    with pytest.raises(UserError, match="is a run of `trainer.task gan`"):
        task.main(
            ["design", f"--run_dir={drawing_gan}",
             f"--gan_run_dir={drawing_gan}", f"--user={USER}",
             f"--out={tmp_path}"]
        )  # fmt: skip
