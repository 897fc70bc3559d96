"""Histograms of a feature in a data set and its baseline, on one scale."""

import dataclasses
import datetime
import math
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from atelier.schema import feature_keys

_WRITTEN_OUT = 1e16
"""Integers below this value are written with all digits."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a histogram.

    Attributes:
        left: Left edge, as a fraction of the histogram's width.
        width: Width, as a fraction of the histogram's width.
        height: Height, as a fraction of the histogram's height.
        tip: Tooltip with the value range and the count.
    """

    left: float
    width: float
    height: float
    tip: str


@dataclasses.dataclass(frozen=True)
class Histograms:
    """Histograms of a data set and, if given, of its baseline.

    Attributes:
        groups: Columns of each histogram.
        low: Label of the left end of the common axis.
        high: Label of the right end of the common axis.
    """

    groups: list[list[Column]]
    low: str
    high: str


def draw_histograms(name: str, statistics: list[Any]) -> Histograms | None:
    """Computes density histograms, comparable despite other column widths.

    Args:
        name: Name of the feature.
        statistics: `FeatureNameStatistics` of the data set and, if given, of
            the baseline; None for a data set without the feature.

    Returns:
        The histograms; None if the feature is not numeric.
    """
    groups = [_buckets(statistic) for statistic in statistics]
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
    """Formats a value of a feature; a time is formatted as a date."""
    if name == feature_keys.TIME:
        try:
            when = datetime.datetime.fromtimestamp(value, datetime.UTC)
            return f"{when:%Y-%m-%d}"
        except (OverflowError, ValueError):  # Reported as an anomaly.
            pass
    if abs(value) < _WRITTEN_OUT and value == math.trunc(value):
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def _buckets(statistics: Any) -> list[Any]:
    """Returns the finite buckets of the equal-width histogram."""
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
    """Returns columns whose height is the density of the values."""
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
