"""Reads what `trainer.task design` leaves, beside a catalogue of three."""

import base64
import shutil

import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema.run_artifacts import DESIGNS
from serving.report.catalog_item import CatalogItem
from serving.report.designs_section import read_designs

ITEMS = {
    name: CatalogItem(f"photo of {name}", "hat") for name in ("cap", "帽子")
}


@pytest.fixture
def folder(tmp_path):
    """Two designs for ann and one for bob."""
    for user, z_scores in (("ann", [3.5, 2.0]), ("bob", [1.0])):
        out = tmp_path / f"of {user}"
        out.mkdir()
        designs = []
        for index, z_score in enumerate(z_scores):
            (out / f"design-{index}.png").write_bytes(
                f"{user} {index}".encode()
            )
            near = [
                {"item_id": name, "z_score": z_score - 1}
                for name in ("帽子", "cap")
            ]
            designs.append(
                {
                    "file": f"design-{index}.png",
                    "z_score": z_score,
                    "nearest": near,
                }
            )
        json_files.write_json(
            str(out),
            DESIGNS,
            {
                "source": "gan",
                "user_id": user,
                "category": "hat",
                "photos": 2,
                "best_real": [{"item_id": "cap", "z_score": 2.5}],
                "designs": designs,
            },
        )
    return tmp_path


def test_designs_are_shown_beside_catalog_images(folder):
    found = read_designs(str(folder), ITEMS)
    assert list(found) == ["ann", "bob"]
    (portfolio,) = found["ann"]
    assert (portfolio["category"], portfolio["num_images"]) == ("hat", 2)
    assert portfolio["best"]["image"] == "photo of cap"
    assert portfolio["best"]["z_score"] == 2.5
    assert [one["z_score"] for one in portfolio["designs"]] == [3.5, 2.0]
    second = portfolio["designs"][1]
    assert second["nearest"] == {
        **vars(ITEMS["帽子"]),
        "item_id": "帽子",
        "z_score": 1.0,
    }
    picture = base64.b64decode(second["image"].partition(",")[2])
    assert picture == b"ann 1"


def test_a_user_may_have_several_portfolios(folder):
    shutil.copytree(folder / "of ann", folder / "again")
    assert len(read_designs(str(folder), ITEMS)["ann"]) == 2


def test_designs_of_other_data_are_rejected(folder):
    with pytest.raises(UserError, match="names '帽子', which is not in the da"):
        read_designs(str(folder), {"cap": ITEMS["cap"]})


def test_a_missing_image_is_rejected(folder):
    (folder / "of bob" / "design-0.png").unlink()
    with pytest.raises(UserError, match=r"of bob/design-0\.png is missing"):
        read_designs(str(folder), ITEMS)


def test_a_folder_without_designs_is_rejected(tmp_path):
    with pytest.raises(UserError, match="no folder in --designs .* holds a de"):
        read_designs(str(tmp_path), ITEMS)


def test_composed_designs_come_first_with_their_parts(folder):
    out = folder / "of composed"
    shutil.copytree(folder / "of ann", out)
    portfolio = json_files.read_json(str(out), DESIGNS)
    for design, cloth in zip(portfolio["designs"], ("帽子", ""), strict=True):
        design.update(
            cut_item_id="cap",
            cloth_item_id=cloth,
            color="#102030",
            color_name="navy",
        )
    json_files.write_json(
        str(out), DESIGNS, {**portfolio, "source": "composed"}
    )
    composed, drawn = read_designs(str(folder), ITEMS)["ann"]
    assert [composed["source"], drawn["source"]] == ["composed", "gan"]
    assert [
        (design["cut"], design["cloth"], design["color_name"])
        for design in composed["designs"]
    ] == [
        ("photo of cap", "photo of 帽子", "navy"),
        ("photo of cap", None, "navy"),
    ]
    assert "cut" not in drawn["designs"][0]
