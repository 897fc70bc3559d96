"""Draws the histograms of a feature, here and in a baseline, on one scale."""

import dataclasses
import datetime
import math
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from atelier.schema import feature_keys

_WRITTEN_OUT = 1e16
"""Whole numbers below have all their digits."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a histogram, in parts of its width and height.

    Attributes:
        left: Where it begins.
        width: How wide it is.
        height: How high it is.
        tip: What it stands for.
    """

    left: float
    width: float
    height: float
    tip: str


@dataclasses.dataclass(frozen=True)
class Histograms:
    """One or two histograms, one above the other.

    Attributes:
        groups: Columns here and in the baseline if there is one.
        low: What stands below their left end.
        high: What stands below their right end.
    """

    groups: list[list[Column]]
    low: str
    high: str


def draw_histograms(name: str, statistics: list[Any]) -> Histograms | None:
    """Draws by density, since the columns of the two differ in width.

    Args:
        name: Name of the feature.
        statistics: Its `FeatureNameStatistics` here and, if there is one, in
            the baseline; None where it has no such feature.

    Returns:
        None where the feature is no number.
    """
    groups = [_buckets(one) for one in statistics]
    bounds = [
        bound
        for group in groups
        for bucket in group
        for bound in (bucket.low_value, bucket.high_value)
    ]
    if not bounds:
        return None
    low, high = min(bounds), max(bounds)
    drawn = [_draw(name, group, low, high) for group in groups]
    peak = max(column.height for columns in drawn for column in columns)
    return Histograms(
        [
            [
                dataclasses.replace(column, height=column.height / peak)
                for column in columns
            ]
            for columns in drawn
        ],
        write_number(name, low),
        write_number(name, high),
    )


def write_number(name: str, value: float) -> str:
    """Writes a value of a feature, a time as its day."""
    if name == feature_keys.TIME:
        try:
            when = datetime.datetime.fromtimestamp(value, datetime.UTC)
            return f"{when:%Y-%m-%d}"
        except (OverflowError, ValueError):  # That it is none is an anomaly.
            pass
    if abs(value) < _WRITTEN_OUT and value == math.trunc(value):
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def _buckets(statistics: Any) -> list[Any]:
    """Returns the buckets of the histogram with equal widths."""
    if statistics is None:
        return []
    return [
        bucket
        for histogram in statistics.num_stats.histograms
        if histogram.type == statistics_pb2.Histogram.STANDARD
        for bucket in histogram.buckets
        if math.isfinite(bucket.low_value) and math.isfinite(bucket.high_value)
    ]


def _draw(
    name: str, buckets: list[Any], low: float, high: float
) -> list[Column]:
    """Returns columns as high as the values in them are dense."""
    span = (high - low) or 1.0
    total = sum(bucket.sample_count for bucket in buckets) or 1.0
    columns = []
    for bucket in buckets:
        width = (bucket.high_value - bucket.low_value) / span or 1.0
        columns.append(
            Column(
                left=(bucket.low_value - low) / span,
                width=width,
                height=bucket.sample_count / total / width,
                tip=f"{write_number(name, bucket.low_value)} to "
                f"{write_number(name, bucket.high_value)}: "
                f"{bucket.sample_count:,.0f}",
            )
        )
    return columns
