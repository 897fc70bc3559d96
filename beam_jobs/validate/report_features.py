"""View data of the report: facts, bars and histograms of a feature."""

import dataclasses
import math
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from atelier.schema import feature_keys
from beam_jobs.validate.report_histograms import Histograms
from beam_jobs.validate.report_histograms import draw_histograms
from beam_jobs.validate.report_histograms import write_number
from beam_jobs.validate.statistics import NUMBER_OF_ITEMS

WORDS_SHOWN = 20
IDS_SHOWN = 8
_IDS = (
    feature_keys.USER_ID,
    feature_keys.ITEM_ID,
    feature_keys.ITEM_IDS,
    *feature_keys.ITEM_TEXTS,
)
"""Features of which few values are shown, and none if each occurs once."""

Facts = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Bar:
    """Frequency of a value of a feature.

    Attributes:
        value: Value of the feature, any text.
        count: Number of occurrences in the data set.
        shares: Fraction of all values, in the data set and, if given, in the
            baseline.
    """

    value: str
    count: int
    shares: list[float]


@dataclasses.dataclass(frozen=True)
class FeatureView:
    """View of a feature of a set of records.

    Attributes:
        name: Name of the feature.
        kind: Type of its values, in words.
        facts: (label, values) pairs; the values are for the data set and, if
            given, for the baseline.
        bars: Most frequent values of a text feature.
        histograms: Histograms of a numeric feature, otherwise None.
    """

    name: str
    kind: str
    facts: list[tuple[str, list[str]]]
    bars: list[Bar]
    histograms: Histograms | None


def view_feature(name: str, statistics: list[Any]) -> FeatureView:
    """Returns the view of a feature.

    Args:
        name: Name of the feature.
        statistics: `FeatureNameStatistics` of the data set and, if given, of
            the baseline; None for a data set without the feature.
    """
    tables = [
        _facts(name, statistic) if statistic is not None else {}
        for statistic in statistics
    ]
    labels = dict.fromkeys(label for table in tables for label in table)
    return FeatureView(
        name=name,
        kind=_kind(name, next(filter(None, statistics))),
        facts=[
            (label, [table.get(label, "–") for table in tables])
            for label in labels
        ],
        bars=_bars(name, statistics),
        histograms=draw_histograms(name, statistics),
    )


def _kind(name: str, statistics: Any) -> str:
    stats = statistics.WhichOneof("stats")
    if name == NUMBER_OF_ITEMS:
        return f"derived from {feature_keys.ITEM_IDS}"
    if name == feature_keys.TIME and stats == "num_stats":
        return "time"
    if stats == "bytes_stats":
        return "image"
    return statistics_pb2.FeatureNameStatistics.Type.Name(
        statistics.type
    ).lower()


def _facts(name: str, statistics: Any) -> Facts:
    kind = statistics.WhichOneof("stats")
    stats = getattr(statistics, kind)
    common = stats.common_stats
    facts = {
        "records with a value": f"{common.num_non_missing:,}",
        "records without a value": f"{common.num_missing:,}",
    }
    if common.max_num_values > 1:
        facts["min values per record"] = f"{common.min_num_values:,}"
        facts["mean values per record"] = f"{common.avg_num_values:,.1f}"
        facts["median values per record"] = f"{_median_length(common):,.0f}"
        facts["max values per record"] = f"{common.max_num_values:,}"
    if kind == "string_stats":
        facts["distinct values"] = f"{stats.unique:,}"
        facts["mean length"] = f"{stats.avg_length:.1f} bytes"
        if stats.invalid_utf8_count:
            facts["invalid UTF-8"] = f"{stats.invalid_utf8_count:,}"
    elif kind == "bytes_stats":
        facts["smallest"] = _size(stats.min_num_bytes)
        facts["mean"] = _size(stats.avg_num_bytes)
        facts["largest"] = _size(stats.max_num_bytes)
    elif kind == "num_stats":
        for label in ("min", "mean", "median", "max"):
            facts[label] = write_number(name, getattr(stats, label))
        facts["zeros"] = f"{stats.num_zeros:,}"
        not_numbers = sum(
            histogram.num_nan for histogram in stats.histograms[:1]
        )
        if not_numbers:
            facts["not a number"] = f"{not_numbers:,}"
    return facts


def _median_length(common: Any) -> float:
    """Returns the start of the middle bucket of the quantile histogram."""
    buckets = common.num_values_histogram.buckets
    return buckets[len(buckets) // 2].low_value if buckets else math.nan


def _bars(name: str, statistics: list[Any]) -> list[Bar]:
    """Returns bars of the most frequent values, then the baseline's."""
    counts = [_word_counts(statistic) for statistic in statistics]
    if name in _IDS and max(counts[0].values(), default=0) < 2:
        return []
    shown = IDS_SHOWN if name in _IDS else WORDS_SHOWN
    words = list(
        dict.fromkeys(word for count in counts for word in [*count][:shown])
    )
    if name == NUMBER_OF_ITEMS:
        words.sort(key=_first_number)
    totals = [
        statistic.string_stats.common_stats.tot_num_values
        if statistic is not None
        else 0
        for statistic in statistics
    ]
    return [
        Bar(
            word,
            counts[0].get(word, 0),
            [
                count.get(word, 0) / max(1, total)
                for count, total in zip(counts, totals, strict=True)
            ],
        )
        for word in words
    ]


def _word_counts(statistics: Any) -> dict[str, int]:
    """Returns the count of each value, most frequent first."""
    if statistics is None:
        return {}
    return {
        bucket.label: int(bucket.sample_count)
        for bucket in statistics.string_stats.rank_histogram.buckets
        if bucket.low_rank == bucket.high_rank
    }


def _first_number(word: str) -> int:
    return int(word.split("-")[0])


def _size(size: float) -> str:
    return f"{size / 1000:,.1f} kB"
