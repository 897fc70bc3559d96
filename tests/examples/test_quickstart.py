"""The quickstart: on the made data, and as a notebook."""

import json
import pathlib
import re
import runpy

import pyarrow.parquet as pq
import pytest

from data import unpack_wardrobes

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
SCRIPT = EXAMPLES / "quickstart.py"


@pytest.mark.slow
@pytest.mark.compat
def test_it_recommends_from_three_csv_files(
    made_table, tmp_path, monkeypatch, capsys
):
    table = pq.read_table(made_table)
    names = {"user_id": "owner", "category": "label"}
    table = table.rename_columns(
        [names.get(name, name) for name in table.column_names]
    )
    pq.write_table(table, tmp_path / "wardrobes.parquet")
    monkeypatch.chdir(tmp_path)
    unpack_wardrobes.main(
        ["--source=wardrobes.parquet", "--out=runs/quickstart/shop"]
    )

    result = runpy.run_path(str(SCRIPT))

    assert result["manifest"].counts["items"] == table.num_rows
    said = capsys.readouterr().out
    assert re.search(r"two_tower: AUC 0\.\d{3}", said)
    assert f"{result['user_id']} ['" in said
    trained, user_id = result["recommender"], result["user_id"]
    (items,) = trained.recommend([user_id], k=5)
    assert len(set(items)) == 5
    owned = trained.interactions.train[0].numpy()
    assert not set(items) & {trained.interactions.item_ids[i] for i in owned}


def test_the_notebook_has_the_code_of_the_script():
    """Made by `jupytext --to notebook examples/quickstart.py`."""
    notebook = json.loads(SCRIPT.with_suffix(".ipynb").read_text("utf-8"))
    cells = re.split(r"^# %%.*\n", SCRIPT.read_text("utf-8"), flags=re.M)[1:]
    assert notebook["nbformat"] == 4
    assert len(cells) == len(notebook["cells"])
    for expected, cell in zip(cells, notebook["cells"], strict=True):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = re.sub(r"^(?=.)", "# ", source, flags=re.M)
            source = re.sub(r"^$", "#", source, flags=re.M)
        else:
            assert cell["outputs"] == []
        assert source == expected.strip("\n")
