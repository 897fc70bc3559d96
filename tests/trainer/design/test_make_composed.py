"""The command `design` with composed designs, on a recommender of few weights.

The images of the shared data set are plain squares. Their masks are given here.
"""

import numpy as np
import pytest
from PIL import Image

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.design import design_source
from trainer.design import drawn_cuts
from trainer.design import make_composed
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import composed_designs
from trainer.design.ensemble import Ensemble
from trainer.design.run_flags import DesignOptions
from trainer.design.search_config import DesignConfig

USER = "Käufer, 3"


@pytest.fixture
def masks(garment_masks):
    """Every item has a mask, and is a cut."""
    with garment_masks():
        yield


@pytest.fixture(scope="module")
def context(run_dir, garment_masks):
    with garment_masks():
        return ComposedContext.load(Ensemble.load([run_dir]))


@pytest.fixture
def design(run_dir, context, tmp_path, monkeypatch):
    """Returns design(*flags), the folder that it wrote."""

    def load(ensemble, cut_generator):
        """Returns the same context each time: its cuts are made."""
        assert not cut_generator
        assert [run.run_dir for run in ensemble.runs] == [run_dir]
        return context

    monkeypatch.setattr(ComposedContext, "load", load)

    def run(*flags):
        task.main(
            ["design", f"--run_dir={run_dir}", f"--user={USER}",
             "--source=composed",
             "--category=hat", f"--out={tmp_path / 'out'}", *flags]
        )  # fmt: skip
        return tmp_path / "out"

    return run


@pytest.mark.usefixtures("masks")
def test_designs_say_what_they_are_composed_of(design, capsys):
    out = design("--count=3")
    result = json_files.read_json(str(out), "designs.json")
    assert result["source"] == "composed"
    assert len(result["designs"]) == 3
    for index, one in enumerate(result["designs"], start=1):
        assert one["file"] == f"design-{index}.png"
        assert Image.open(out / one["file"]).size == (32, 32)
        assert one["cut_item_id"] != one["cloth_item_id"]
        assert one["color"].startswith("#")
        assert one["color_name"]
        assert one["nearest"]
    scores = [one["z_score"] for one in result["designs"]]
    assert scores == sorted(scores, reverse=True)
    assert (out / "contact_sheet.png").exists()
    assert "3 designs of category 'hat'" in capsys.readouterr().out


@pytest.mark.usefixtures("masks")
def test_as_many_designs_have_drawn_cuts(
    run_dir, tmp_path, monkeypatch, cut_generator
):
    monkeypatch.setattr(drawn_cuts, "is_usable", lambda cut: True)
    task.main(
        ["design", f"--run_dir={run_dir}", f"--user={USER}", "--count=2",
         "--source=composed", "--category=hat", f"--out={tmp_path}",
         f"--cut_generator={cut_generator}"]
    )  # fmt: skip
    designs = json_files.read_json(str(tmp_path), "designs.json")["designs"]
    drawn = [one["cut_item_id"] == "" for one in designs]
    assert drawn == [False, False, True, True]
    scores = [one["z_score"] for one in designs]
    assert scores[0] >= scores[1]
    assert scores[2] >= scores[3]
    assert all(one["nearest"] and one["color"] for one in designs)


@pytest.mark.usefixtures("masks")
def test_a_generator_of_other_categories_is_refused(run_dir, write_cuts):
    with pytest.raises(UserError, match="draws Tie, but .* has no item of"):
        ComposedContext.load(Ensemble.load([run_dir]), write_cuts("Tie"))


def test_a_generator_that_is_not_there_is_refused(run_dir):
    options = DesignOptions(run_dir=run_dir, cut_generator="no.npz", out="x")
    with pytest.raises(UserError, match="--cut_generator: there is no file no"):
        options.check_runs()


def test_a_generator_of_cuts_is_not_for_a_gan(run_dir):
    options = DesignOptions(
        run_dir=run_dir, gan_run_dir="gan", cut_generator="c.npz", out="x"
    )
    with pytest.raises(UserError, match="c.npz is for composed designs"):
        design_source.design_source(options, DesignConfig(source="gan"))


@pytest.mark.usefixtures("masks")
def test_each_of_several_users_has_a_folder(run_dir, design, monkeypatch):
    made = {}

    def make(args, config, context, theta, liked, photo):
        own = context.user_vector(context.user(args.user))
        np.testing.assert_array_equal(theta, own)
        made[args.user] = args.out.rpartition("/")[2]

    monkeypatch.setattr(make_composed, "_make_for_user", make)
    design("--user=Käufer, 4")
    assert made == {
        USER: "K%C3%A4ufer%2C%203",
        "Käufer, 4": "K%C3%A4ufer%2C%204",
    }


@pytest.mark.usefixtures("masks")
@pytest.mark.parametrize("strength", [0, 1])
def test_a_photo_is_recolored_at_its_own_size(
    design, tmp_path, monkeypatch, strength
):
    pixels = np.full((60, 90, 3), 200, np.uint8)
    pixels[15:45, 20:70] = [150, 40, 40]
    pixels[15:45, 44:46] = [100, 20, 20]
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    mask = (pixels != 200).any(axis=-1)
    monkeypatch.setattr(make_composed, "garment_mask", lambda *_: mask)
    out = design(f"--photo={path}", f"--strength={strength}")
    after = np.asarray(Image.open(out / "restyled.png")).astype(int)
    assert after.shape == (60, 90, 3)
    np.testing.assert_array_equal(after[:10], 200)
    change = np.abs(after - pixels)[18:42, 24:42].mean()
    assert change < 6 if strength == 0 else change > 10
    result = json_files.read_json(str(out), "restyled.json")
    assert result["color"].startswith("#")
    if strength:
        assert result["preference_after"] > result["preference_before"]
    assert Image.open(out / "restyled_strip.png").size == (180, 60)


def test_data_without_masks_need_a_gan(design):
    with pytest.raises(UserError, match="no masks of the garments.*gan_run"):
        design("--source=auto")


def test_the_gan_is_taken_for_data_without_masks(run_dir):
    config = design_source.DesignConfig()
    args = task_arguments(run_dir, "gan")
    assert design_source.design_source(args, config) == "gan"


def test_the_source_gan_needs_a_gan(run_dir):
    config = design_source.DesignConfig(source="gan")
    with pytest.raises(UserError, match="--source gan needs --gan_run_dir"):
        design_source.design_source(task_arguments(run_dir, ""), config)


def task_arguments(run_dir, gan_run_dir):
    return DesignOptions(run_dir=run_dir, gan_run_dir=gan_run_dir, out="")


@pytest.mark.usefixtures("masks")
def test_excluded_items_are_no_part_of_a_design(context):
    items = context.category_items("hat").items
    theta = context.user_vector(0)
    allowed = items[: len(items) // 2]
    design_set = composed_designs(
        context,
        "hat",
        theta,
        count=2,
        exclude=np.setdiff1d(np.arange(len(context.categories)), allowed),
    )
    ids = {context.trained.interactions.item_ids[item] for item in allowed}
    for parts in design_set.details:
        assert {parts["cut_item_id"], parts["cloth_item_id"]} <= {*ids, ""}
