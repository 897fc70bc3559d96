"""Self-contained HTML report on a prepared data set."""

import dataclasses
from typing import Any

from tensorflow_metadata.proto.v0.anomalies_pb2 import DriftSkewInfo

from atelier.html.pages import render_page
from atelier.schema import feature_keys
from beam_jobs.validate.anomalies import one_line
from beam_jobs.validate.dataset_statistics import Baseline
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.duplicate_images import read_shared_photos
from beam_jobs.validate.rejected_rows import read_left_out
from beam_jobs.validate.rejected_rows import read_rejected_photos
from beam_jobs.validate.report_features import FeatureView
from beam_jobs.validate.report_features import view_feature
from beam_jobs.validate.statistics import SETS
from beam_jobs.validate.statistics import features_of

_MEASURES = {
    DriftSkewInfo.Measurement.L_INFTY: "largest difference in frequency",
    DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: "Jensen-Shannon "
    "divergence",
}
_FIRST = (
    feature_keys.ITEM_ID,
    feature_keys.USER_ID,
    feature_keys.IMAGE,
    feature_keys.CATEGORY,
    feature_keys.ITEM_IDS,
)


@dataclasses.dataclass(frozen=True)
class SetView:
    """View of a set of records.

    Attributes:
        name: Name of the set, one of `SETS`.
        records: Record count of the data set and, if given, of the baseline.
        features: Views of the features, in display order.
    """

    name: str
    records: list[int]
    features: list[FeatureView]


def render(
    described: DatasetStatistics,
    schema_name: str,
    anomalies: Any,
    baseline: Baseline | None = None,
) -> str:
    """Returns the HTML of the report.

    Args:
        described: Data set with its statistics.
        schema_name: Description of the schema.
        anomalies: `Anomalies` proto of the data set.
        baseline: Baseline data set, or None.

    Raises:
        UserError: If a file of the data set is invalid.
    """
    shared, all_shared = read_shared_photos(described.data_dir)
    page = render_page(
        "beam_jobs.validate",
        "statistics.html",
        described=described,
        baseline=baseline,
        schema_name=schema_name,
        anomalies=[
            (name, one_line(info.description))
            for name, info in sorted(anomalies.anomaly_info.items())
        ],
        drifts=_drifts(anomalies),
        sets=_sets([described, *([baseline] if baseline else [])]),
        left_out=read_left_out(described.data_dir, described.manifest.rejected),
        rejected_photos=read_rejected_photos(described.data_dir),
        shared_photos=shared,
        all_shared_photos=all_shared,
    )
    # File names that are not UTF-8 contain surrogate escapes.
    return page.encode("utf-8", "backslashreplace").decode()


def _sets(compared: list[DatasetStatistics]) -> list[SetView]:
    views = []
    for name in SETS:
        tables = [features_of(data.statistics, name) for data in compared]
        names = sorted(
            {feature for table in tables for feature in table}, key=_place
        )
        views.append(
            SetView(
                name,
                [
                    data.statistics[name].datasets[0].num_examples
                    for data in compared
                ],
                [
                    view_feature(
                        feature, [table.get(feature) for table in tables]
                    )
                    for feature in names
                ],
            )
        )
    return views


def _place(name: str) -> tuple[int, str]:
    """Returns the sort key that puts common features first."""
    place = _FIRST.index(name) if name in _FIRST else len(_FIRST)
    return place, name


def _drifts(anomalies: Any) -> list[tuple[str, str, float, float]]:
    """Returns (feature, measure, distance, threshold) of drift checks."""
    return [
        (
            ": ".join(drift.path.step),
            _MEASURES.get(measurement.type, "distance"),
            measurement.value,
            measurement.threshold,
        )
        for drift in anomalies.drift_skew_info
        for measurement in drift.drift_measurements
    ]
