"""The command `compare-designs`, and the figures that it shows."""

import dataclasses

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.design.arm_metrics import kid_of
from trainer.design.arm_metrics import of_cell
from trainer.design.blind_page import sample_pairs
from trainer.design.comparison import PREFERENCE
from trainer.design.comparison import PURCHASES
from trainer.design.comparison import compare
from trainer.design.comparison_arms import DESIGN
from trainer.design.comparison_arms import arms_of
from trainer.design.comparison_arms import show_all
from trainer.design.comparison_files import conclusions
from trainer.design.composed_context import ComposedContext
from trainer.design.design_context import DesignContext
from trainer.design.ensemble import Ensemble
from trainer.design.held_out_purchases import likeness_z_score
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.design.sample_users import sample_users
from trainer.design.search_config import ComparisonConfig
from trainer.design.user_category import UserCategory
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.ssim import opposite_ssim

SIZES = ["--num_users=3", "--num_pairs=7"]
NAMES = ["random real", "best real", "random design", "design"]
CONFIG = ComparisonConfig(
    num_starts=6, realism=0.0, count=4, selection="best", num_users=3
)


@pytest.fixture(scope="module")
def context(run_dir, drawing_gan):
    return DesignContext.load([run_dir], load_trained_gan(drawing_gan), CONFIG)


@pytest.fixture(scope="module")
def categories(context):
    return [context.category_items(name) for name in ("hat", "shoe")]


@pytest.fixture(scope="module")
def cells(context, categories):
    cases = sample_users(context, categories, CONFIG)
    arms = arms_of(context, None)
    return [show_all(arms, case, CONFIG) for case in cases]


@pytest.fixture(scope="module")
def judge(judge_run_dir, context, categories):
    return HeldOutScorer.load(judge_run_dir, context, categories)


@pytest.fixture(scope="module")
def judges(judge):
    return {
        PREFERENCE: UserCategory.z_score,
        PURCHASES: likeness_z_score,
        "judge": judge.z_score,
    }


def test_users_are_sampled_with_the_categories_of_their_held_out_items(
    context, categories, cells
):
    interactions = context.trained.interactions
    assert len({cell.case.user_id for cell in cells}) == 3
    for cell in cells:
        user = interactions.user_ids.index(cell.case.user_id)
        held_out = {
            item
            for pairs in (interactions.validation, interactions.test)
            for owner, item in pairs
            if owner == user
        }
        items = set(cell.case.items.items)
        rows = cell.case.items.items[cell.case.held_out]
        assert set(rows) == held_out & items != set()
        candidates = cell.case.items.items[cell.case.candidates]
        taken = set(interactions.interacted[user].numpy())
        assert set(candidates) == items - taken
    again = sample_users(context, categories, CONFIG)
    assert [one.user_id for one in again] == [
        cell.case.user_id for cell in cells
    ]


def test_photos_are_new_to_the_user_and_the_best_the_best(cells):
    for cell in cells:
        case = cell.case
        scores = case.items.embeddings @ case.user_vector
        ranked = case.candidates[np.argsort(-scores[case.candidates])]
        assert cell.shown["best real"].rows.tolist() == ranked[:4].tolist()
        random = set(cell.shown["random real"].rows.tolist())
        assert len(random) == 4
        assert random <= set(case.candidates.tolist())
        for arm in cells[0].shown:
            assert cell.shown[arm].images.shape == (4, 16, 16, 3)


def test_no_photo_is_its_own_nearest(cells):
    features = cells[0].case.items.features
    for arm in ("random real", "best real"):
        shown = cells[0].shown[arm]
        for row, distance in zip(shown.rows, shown.nearest, strict=True):
            others = np.delete(features, row, axis=0)
            expected = np.linalg.norm(others - features[row], axis=1).min()
            assert distance == pytest.approx(expected, rel=1e-3)


def test_figures_are_means_over_the_images(cells, judges, judge):
    cell = cells[1]
    result = of_cell(cell, DESIGN, judges)
    images, items = cell.shown[DESIGN].images, cell.case.items
    for catalog, user_vector, name in (
        (items, cell.case.user_vector, "preference"),
        (
            judge.items[items.category],
            judge.user_vectors[cell.case.user_id],
            "judge",
        ),
    ):
        photos = catalog.embeddings @ user_vector
        scores = catalog.preference.embed_many(images) @ user_vector
        z_score = ((scores - photos.mean()) / photos.std()).mean()
        assert result[name] == pytest.approx(z_score, abs=1e-4)
    assert result["preference"] != pytest.approx(result["judge"])
    assert result["opposite SSIM"] == pytest.approx(opposite_ssim(images))


def test_held_out_items_are_most_like_themselves(cells):
    for cell in cells:
        case = cell.case
        z_scores = likeness_z_score(case, case.items.images(case.candidates))
        assert z_scores.mean() == pytest.approx(0.0, abs=1e-3)
        assert z_scores.std() == pytest.approx(1.0, abs=1e-3)
        alone = dataclasses.replace(case, held_out=case.held_out[:1])
        itself = likeness_z_score(alone, case.items.images(alone.held_out))
        others = likeness_z_score(alone, case.items.images(case.candidates))
        assert itself > others.max()


def test_kid_leaves_out_the_photos_that_are_shown(cells):
    name = cells[0].case.items.name
    some = [cell for cell in cells if cell.case.items.name == name]
    rows = np.concatenate([one.shown["best real"].rows for one in some])
    shown = np.concatenate([one.shown["best real"].features for one in some])
    others = np.delete(some[0].case.items.features, rows, axis=0)
    assert kid_of(some, "best real", 0) == kid(others, shown)


def test_the_table_is_of_means_over_users(cells, judges):
    result = compare(cells, judges, "small, seed 5")
    users = list(dict.fromkeys(cell.case.user_id for cell in cells))
    assert result.user_ids == users
    for arm in cells[0].shown:
        figures = [of_cell(cell, arm, judges) for cell in cells]
        for column, values in result.users[arm].items():
            for user, value in zip(users, values, strict=True):
                own = [
                    figure[column]
                    for cell, figure in zip(cells, figures, strict=True)
                    if cell.case.user_id == user
                ]
                assert value == pytest.approx(np.mean(own))
            assert result.means[arm][column] == pytest.approx(np.mean(values))
            low, high = result.intervals[arm][column]
            assert low <= np.mean(values) <= high
    preference = {arm: result.means[arm]["preference"] for arm in result.means}
    assert preference["best real"] > preference["random real"]
    assert preference["design"] > preference["random design"]


def test_kept_is_the_ratio_to_the_best_real_images(cells):
    """By a judge that likes the best images twice as much as the designs."""
    known = {
        id(shown.images): {"best real": 2.0, "design": 1.0}.get(arm, 0.1)
        for cell in cells
        for arm, shown in cell.shown.items()
    }

    def judge(case, images):
        return np.full(len(images), known[id(images)])

    result = compare(cells, {PURCHASES: judge, "judge": judge}, "X")
    assert result.kept["design"]["purchases"] == pytest.approx(
        {"ratio": 0.5, "low": 0.5, "high": 0.5}
    )
    assert result.kept["best real"]["judge"]["ratio"] == pytest.approx(1.0)
    assert conclusions(result)[0] == (
        "'design' keeps 0.50 [0.50, 0.50] of what the best real images keep, "
        "by held-out purchases of 3 users."
    )


def test_nothing_is_kept_of_what_is_no_gain(cells):
    def judge(case, images):
        return -np.ones(len(images))

    result = compare(cells, {PURCHASES: judge})
    assert result.kept["design"] == {}
    (sentence,) = conclusions(result)
    assert "do not differ from random ones (z-score -1.00" in sentence


def test_pairs_of_a_page_are_of_two_sources(cells):
    pairs = sample_pairs(cells, 12, seed=0)
    met = [
        frozenset((pair["left"]["source"], pair["right"]["source"]))
        for pair in pairs
    ]
    assert {len(sources) for sources in met} == {2}
    assert {met.count(sources) for sources in met} == {2}
    images = {pair["left"]["image"] for pair in pairs}
    assert all(one.startswith("data:image/jpeg;base64,") for one in images)
    assert pairs == sample_pairs(cells, 12, seed=0)
    assert pairs != sample_pairs(cells, 12, seed=1)


def test_composed_designs_are_compared_without_a_gan(run_dir, garment_masks):
    config = ComparisonConfig(num_users=2, count=2)
    with garment_masks():
        composed = ComposedContext.load(Ensemble.load([run_dir]))
        hats = composed.category_items("hat")
        case = sample_users(composed, [hats], config)[0]
        shown = show_all(arms_of(None, composed), case, config).shown
    assert list(shown) == ["random real", "best real", "composed"]
    assert shown["composed"].images.shape == shown["best real"].images.shape
    assert np.isfinite(shown["composed"].nearest).all()


@pytest.mark.slow
def test_the_command_writes_table_figures_and_picture(
    design_flags, judge_run_dir, tmp_path, capsys
):
    task.main(
        ["compare-designs", *design_flags, *SIZES,
         f"--judge_run_dir={judge_run_dir}", f"--out={tmp_path}"]
    )  # fmt: skip
    figures = json_files.read_json(str(tmp_path), "sources.json")
    assert list(figures["means"]) == NAMES
    assert (len(figures["user_ids"]), figures["count"]) == (3, 4)
    assert figures["categories"] == ["hat", "shoe"]
    table = (tmp_path / "sources.md").read_text()
    for arm in NAMES:
        assert f"| {arm} | " in table
    assert "judge: small, seed 5" in table
    assert (tmp_path / "sources.png").stat().st_size > 10_000
    assert (tmp_path / "blind.html").read_text().count("data:image") == 14
    assert "held-out purchases of 3 users" in capsys.readouterr().out


@pytest.fixture
def loaded(context, monkeypatch):
    """Gives the command the context of this module: its search is traced."""
    monkeypatch.setattr(DesignContext, "combine", lambda *_: context)


@pytest.mark.slow
def test_without_a_judge_its_columns_are_missing(
    design_flags, loaded, tmp_path, capsys
):
    task.main(
        ["compare-designs", *design_flags, "--num_users=2", "--count=2",
         "--categories=hat", f"--out={tmp_path}"]
    )  # fmt: skip
    means = json_files.read_json(str(tmp_path), "sources.json")["means"]
    output = capsys.readouterr().out
    assert "another recommender" not in output
    assert "do not look like real ones yet (KID" in output
    assert "judge" not in means["design"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--count=1"], "--count must be at least 2, got 1"),
        (["--steps=-1"], "--steps must be at least 0, got -1"),
        (["--num_users=1"], "--num_users must be at least 2, got 1"),
        (["--categories=hat,tent"], "--category 'tent' is not a category of"),
        (["--num_users=8", "--count=7"], "users times --count are"),
        (["--num_users=9"], "held-out item of the categories, 8, got 9; lower"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    design_flags, loaded, tmp_path, flags, words
):
    with pytest.raises(UserError) as error:
        task.main(
            ["compare-designs", *design_flags, f"--out={tmp_path}", *flags]
        )
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_judge_that_is_the_same_is_refused(
    design_flags, loaded, run_dir, tmp_path
):
    with pytest.raises(UserError, match="scores are not independent"):
        task.main(
            ["compare-designs", *design_flags, *SIZES,
             f"--judge_run_dir={run_dir}", f"--out={tmp_path}"]
        )  # fmt: skip
