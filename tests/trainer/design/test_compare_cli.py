"""The command `compare-designs`, and the figures that it shows."""

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.design.comparison import compare
from trainer.design.comparison_arms import DESIGN
from trainer.design.comparison_arms import SOURCES
from trainer.design.comparison_arms import show_all
from trainer.design.design_context import DesignContext
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.design.measure import kid_of
from trainer.design.measure import of_cell
from trainer.design.search_config import SearchConfig
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.ssim import opposite_ssim

SIZES = ["--people=3", "--count=4"]


@pytest.fixture(scope="module")
def studio(run_dir, drawing_gan):
    search = SearchConfig(num_starts=6, steps=12, realism=0.0)
    return DesignContext.load([run_dir], load_trained_gan(drawing_gan), search)


@pytest.fixture(scope="module")
def cells(studio):
    shelves = [studio.shelf(name) for name in ("hat", "shoe")]
    return [
        show_all(studio, shelf, user, count=4, choice="best", seed=number)
        for number, user in enumerate(["Käufer, 0", "Käufer, 5"])
        for shelf in shelves
    ]


@pytest.fixture(scope="module")
def judge(judge_run_dir, studio, cells):
    return HeldOutScorer.load(
        judge_run_dir, studio, [one.shelf for one in cells[:2]]
    )


def test_photos_are_those_of_the_category_and_the_best_the_best(cells):
    for cell in cells:
        scores = cell.shelf.embeddings @ cell.person
        best = cell.shown["best real"].rows
        assert best.tolist() == np.argsort(-scores)[:4].tolist()
        assert len(set(cell.shown["random real"].rows.tolist())) == 4
        for source in SOURCES:
            assert cell.shown[source].images.shape == (4, 16, 16, 3)


def test_no_photo_is_its_own_nearest(cells):
    looks = cells[0].shelf.looks
    for source in ("random real", "best real"):
        shown = cells[0].shown[source]
        for row, distance in zip(shown.rows, shown.nearest, strict=True):
            others = np.delete(looks, row, axis=0)
            expected = np.linalg.norm(others - looks[row], axis=1).min()
            assert distance == pytest.approx(expected, rel=1e-3)


def test_figures_are_means_over_the_images(cells, judge):
    cell = cells[1]
    found = of_cell(cell, DESIGN, judge)
    images = cell.shown[DESIGN].images
    for shelf, person, by in (
        (cell.shelf, cell.person, ""),
        (judge.shelves[1], judge.people[cell.user_id], " (judge)"),
    ):
        photos = shelf.embeddings @ person
        scores = shelf.preference.embed_many(images) @ person
        z_score = ((scores - photos.mean()) / photos.std()).mean()
        assert found[f"score{by}"] == pytest.approx(scores.mean(), rel=1e-4)
        assert found[f"z_score{by}"] == pytest.approx(z_score, abs=1e-4)
        assert found[f"percentile{by}"] == pytest.approx(
            np.mean([100 * np.mean(photos < one) for one in scores])
        )
    assert found["z_score"] != pytest.approx(found["z_score (judge)"])
    assert found["opposite SSIM"] == pytest.approx(opposite_ssim(images))


def test_kid_leaves_out_the_photos_that_are_shown(cells):
    hats = [cells[0], cells[2]]
    rows = np.concatenate([one.shown["best real"].rows for one in hats])
    looks = np.concatenate([one.shown["best real"].looks for one in hats])
    others = np.delete(hats[0].shelf.looks, rows, axis=0)
    assert kid_of(hats, "best real", 0) == kid(others, looks)


def test_the_table_is_of_means_over_people(cells, judge):
    found = compare(cells, judge)
    for source in SOURCES:
        figures = [of_cell(cell, source, judge) for cell in cells]
        for column in figures[0]:
            people = [
                np.mean([one[column] for one in figures[start : start + 2]])
                for start in (0, 2)
            ]
            assert found.means[source][column] == pytest.approx(np.mean(people))
            low, high = found.intervals[source][column]
            assert low <= np.mean(people) <= high
    z_scores = {one: found.means[one]["z_score"] for one in SOURCES}
    assert z_scores["best real"] > z_scores["random real"]
    assert z_scores["design"] > z_scores["random design"]
    assert found.differences["z_score"]["difference"] == pytest.approx(
        z_scores["design"] - z_scores["best real"]
    )
    by_judge = {one: found.means[one]["z_score (judge)"] for one in SOURCES}
    assert found.kept["design"] == pytest.approx(
        (by_judge["design"] - by_judge["random design"])
        / (z_scores["design"] - z_scores["random design"])
    )
    assert 1 <= found.means["design"]["IS"] <= 2
    assert "2 categories" in found.classifier


@pytest.mark.slow
def test_the_command_writes_table_figures_and_picture(
    design_flags, judge_run_dir, tmp_path, capsys
):
    task.main(
        ["compare-designs", *design_flags, *SIZES,
         f"--judge_run_dir={judge_run_dir}", f"--out={tmp_path}"]
    )  # fmt: skip
    figures = json_files.read_json(str(tmp_path), "sources.json")
    assert set(figures["means"]) == set(SOURCES)
    assert (figures["people"], figures["count"]) == (3, 4)
    assert figures["categories"] == ["hat", "shoe"]
    table = (tmp_path / "sources.md").read_text()
    for source in SOURCES:
        assert f"| {source} | " in table
    assert "z_score (judge)" in table
    assert "The judge: small, seed 5" in table
    assert "the judge sees" in table
    assert (tmp_path / "sources.png").stat().st_size > 10_000
    assert "design minus best real: z_score" in capsys.readouterr().out


def test_without_a_judge_its_columns_are_missing(
    design_flags, studio, tmp_path, monkeypatch, capsys
):
    # Its search is traced already.
    monkeypatch.setattr(DesignContext, "load", lambda *_: studio)
    task.main(
        ["compare-designs", *design_flags, "--people=2", "--count=2",
         "--categories=hat", f"--out={tmp_path}"]
    )  # fmt: skip
    assert "judge" not in (tmp_path / "sources.md").read_text()
    means = json_files.read_json(str(tmp_path), "sources.json")["means"]
    assert "IS" not in means["design"]  # Of one category it says nothing.
    output = capsys.readouterr().out
    assert "(judge)" not in output
    assert "do not look like real ones yet (KID" in output


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--count=1"], "--count must be at least 2, got 1"),
        (["--steps=-1"], "--steps must be at least 0, got -1"),
        (["--people=1"], "--people must be at least 2, got 1"),
        (["--categories=hat,tent"], "--category 'tent' is not a category of"),
        (["--people=40", "--count=4"], "images, but --people times --count is"),
        (["--people=9", "--count=2"], "have in common, 8, got 9; lower it"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    design_flags, tmp_path, flags, words
):
    with pytest.raises(UserError) as error:
        task.main(
            ["compare-designs", *design_flags, f"--out={tmp_path}", *flags]
        )
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_judge_that_is_the_same_is_refused(design_flags, run_dir, tmp_path):
    with pytest.raises(UserError, match="scores are not independent"):
        task.main(
            ["compare-designs", *design_flags, *SIZES,
             f"--judge_run_dir={run_dir}", f"--out={tmp_path}"]
        )  # fmt: skip
