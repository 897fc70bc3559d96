"""The studio as a shop runs it: real models, one address, Chromium.

The shop has some of the shipped photos, with made titles, prices and colors.
"""

import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

WARDROBES = pathlib.Path(__file__).parents[3] / "data" / "wardrobes.parquet"
NUM_USERS = 8
COLORS = ("black", "blue", "green", "red", "white")
MATERIALS = ("Linen", "Cotton", "Wool")
MAX_MS = 60_000
"""Patience with a machine that does other work too."""
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


expect.set_options(timeout=MAX_MS)


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> pathlib.Path:
    """Folder of both models; STUDIO_MODELS names one that is there already."""
    given = os.environ.get("STUDIO_MODELS")
    if given:
        return pathlib.Path(given)
    return make_models(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def events_dir(tmp_path_factory) -> pathlib.Path:
    """Folder of the feedback log."""
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="session")
def studio(models, events_dir) -> Iterator[str]:
    """Address of the running studio."""
    ready = events_dir / "ready"
    server = subprocess.Popen(
        [
            sys.executable, "-m", "serving.studio", "--port=0",
            f"--model=recommender={models / 'recommender'}",
            f"--model=designer={models / 'designer'}",
            f"--events_dir={events_dir}", f"--ready_file={ready}",
            # Several tests come from one address.
            "--rate_limit=0",
        ]
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 300
        while not ready.exists() and time.monotonic() < deadline:
            assert server.poll() is None
            time.sleep(0.1)
        yield f"http://{ready.read_text()}"
    finally:
        server.terminate()
        assert server.wait(timeout=60) == 0


@pytest.fixture
def open_page(studio, browser) -> Iterator:
    """Returns open_page(address, size, theme): a page without errors."""
    pages: list[Page] = []

    def open_one(
        address: str = "", size: str = "desktop", theme: str = "light"
    ) -> Page:
        width, height = SIZES[size]
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            accept_downloads=True,
        )
        page.set_default_timeout(MAX_MS)
        # Scripts that the content security policy stops are errors too.
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{studio}/{address}")
        pages.append(page)
        return page

    errors: list[str] = []
    yield open_one
    for page in pages:
        page.context.close()
    assert not errors


def write_table(path: pathlib.Path) -> None:
    """Writes the photos of a few users, each with what a shop knows of it."""
    table = pq.read_table(WARDROBES)
    counts = table.group_by("owner").aggregate([("item_id", "count")])
    medium = counts.filter(
        pc.and_(
            pc.greater_equal(counts["item_id_count"], 15),
            pc.less_equal(counts["item_id_count"], 30),
        )
    )
    owners = sorted(medium["owner"].to_pylist())[:NUM_USERS]
    table = table.filter(pc.is_in(table["owner"], pc.cast(owners, "string")))
    labels = table["label"].to_pylist()
    materials = [MATERIALS[i % len(MATERIALS)] for i in range(len(labels))]
    columns = {
        "title": [
            f"{material} {label}"
            for material, label in zip(materials, labels, strict=True)
        ],
        "price": [9.9 + i % 90 for i in range(len(labels))],
        "color": [COLORS[i % len(COLORS)] for i in range(len(labels))],
    }
    for name, values in columns.items():
        table = table.append_column(name, [values])
    pq.write_table(table, path)


def make_models(folder: pathlib.Path) -> pathlib.Path:
    """Makes both models by the commands; returns the folder of the models.

    They run in this process: each of their own would import TensorFlow, and
    the probes of the versions would optimize graphs that run once.
    """
    from beam_jobs.prepare import cli as prepare
    from export import task as export
    from trainer import task as trainer

    table, data, run = folder / "shop.parquet", folder / "data", folder / "run"
    write_table(table)
    models = folder / "models"
    commands = (
        (
            prepare.main,
            f"--interactions {table} --user_column owner "
            "--category_column label --mask_column mask --background white "
            "--title_column title --price_column price "
            f"--attribute_columns color --image_size 128 --data_dir {data}",
        ),
        (
            trainer.main,
            f"recommender --data_dir {data} --run_dir {run} --config "
            "configs/demo.yaml --content attributes,text --epochs 2",
        ),
        (trainer.main, f"evaluate --run_dir {run} --baselines vis_rank"),
        (
            export.main,
            f"recommender --run_dir {run} --model_dir {models}/recommender "
            "--better_than none",
        ),
        (
            export.main,
            f"designer --run_dir {run} --model_dir {models}/designer "
            "--composed_designs 24",
        ),
    )
    for main, flags in commands:
        main(flags.split())
    return models
