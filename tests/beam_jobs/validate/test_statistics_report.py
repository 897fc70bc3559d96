"""The page shows everything, needs no network and trusts no text."""

import base64
import dataclasses
import html.parser
import json

import pytest

pytest.importorskip("tensorflow_data_validation")

from tensorflow_metadata.proto.v0 import anomalies_pb2

from atelier.schema.item import build_item
from atelier.schema.manifest import Manifest
from beam_jobs.validate.dataset_statistics import Baseline
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.statistics_report import render

HOSTILE = "</script><script>alert('1')</script>\"><img src=x onerror=y>"


class Tags(html.parser.HTMLParser):
    """Gathers tags, what they load and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.loaded = []
        self.text = ""
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loaded += [
            value for name, value in attrs if name in ("src", "href", "srcset")
        ]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text += data + " "


@pytest.fixture
def hostile(
    write_data, made_items, statistics_of, tmp_path
) -> DatasetStatistics:
    """A data set whose every text is hostile."""
    items = [
        dataclasses.replace(
            made_items[0], item_id=HOSTILE, category=HOSTILE, attributes={}
        ),
        *made_items[1:],
    ]
    folder = write_data(
        tmp_path / "data", items, {"photos": {"too_small": 1200}}
    )
    row = {
        "file": HOSTILE,
        "row": 1,
        "reason": "too_small",
        "detail": f"{HOSTILE} \ud800",
    }
    thumbnail = base64.b64encode(b"\xff\xd8small").decode()
    photo = {"item_id": HOSTILE, **row, "thumbnail": thumbnail}
    lines = {
        "rejected/a.jsonl": [{"table": "photos", **row}],
        "rejected/photos/a.jsonl": [photo] * 150
        + [{**photo, "reason": HOSTILE, "thumbnail": None}],
        "identical_photos.jsonl": [{"item_ids": [HOSTILE, "no. 3, ñ"]}],
    }
    for name, rows in lines.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(values) + "\n" for values in rows))
    return DatasetStatistics(
        str(folder),
        Manifest.read(str(folder)),
        statistics_of(items=list(map(build_item, items))),
    )


def test_hostile_text_stays_text(hostile):
    anomalies = anomalies_pb2.Anomalies()
    anomalies.anomaly_info[HOSTILE].description = HOSTILE

    page = render(hostile, HOSTILE, anomalies)

    tags = Tags(page)
    assert "script" not in tags.tags
    # Verdict twice and name, category, row twice, photos, reason, group.
    assert tags.text.count("<script>alert('1')</script>") > 100
    page.encode()  # A lone surrogate could not be written.
    assert r"\ud800" in page


def test_the_page_loads_nothing(hostile):
    tags = Tags(render(hostile, "x", anomalies_pb2.Anomalies()))

    schemes = {value.split(",")[0] for value in tags.loaded}
    assert "data:image/jpeg;base64" in schemes
    assert all(
        type_ == "data:image/jpeg;base64" or type_.startswith("#")
        for type_ in schemes
    )
    assert "link" not in tags.tags


def test_what_the_page_says(hostile, made_items):
    tags = Tags(render(hostile, "our schema", anomalies_pb2.Anomalies()))

    for text in (
        "No anomalies compared with our schema",
        "60 records",
        "too_small: 150, of which 100 are shown",
        "1,200",
        "1 image shared by several items",
        "2 items",
        "no image",
    ):
        assert text in tags.text
    photos = [value for value in tags.loaded if value.startswith("data:")]
    assert len(photos) == 101
    encoded = base64.b64encode(made_items[0].image).decode()
    assert photos[-1] == f"data:image/jpeg;base64,{encoded}"


def test_a_baseline_stands_beside_it(hostile):
    anomalies = anomalies_pb2.Anomalies()
    drift = anomalies.drift_skew_info.add()
    drift.path.step.extend(["items", "category"])
    drift.drift_measurements.add(
        type=anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY,
        value=0.3,
        threshold=0.1,
    )
    group = {"count": 1, "examples": [HOSTILE]}
    skew = {
        "baseline": "old",
        "items": {"both": 7, "only_here": group, "only_in_baseline": group},
        "features": {
            "category": {"equal": 4, "different": 3, "examples": [HOSTILE]}
        },
    }
    baseline = Baseline("old", hostile.manifest, hostile.statistics, skew)

    tags = Tags(render(hostile, "x", anomalies, baseline))

    for text in (
        "Compared with old",
        "in both, with a different category 3",
        "items: category largest difference in frequency 0.300 0.100 drifted",
        "60 in the baseline",
        "Images are not compared",
    ):
        assert text in tags.text
    assert "script" not in tags.tags
    assert tags.tags.count("svg") == 2 * 2 * 3  # Time and weight, each split.
