"""Turns TFDV's statistics of a feature into what a page can show."""

import dataclasses
import datetime
import math
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from beam_jobs.statistics import NUMBER_OF_ITEMS
from records import features

WORDS_SHOWN = 20
IDS_SHOWN = 8
_IDS = (features.USER_ID, features.ITEM_ID, features.ITEM_IDS)

Facts = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Bar:
    """How often a feature has a value.

    Attributes:
        value: The value, any text.
        count: How often it is there.
        shares: Share of all values, here and in the baseline if there is one.
    """

    value: str
    count: int
    shares: list[float]


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
class FeatureView:
    """A feature of one set of records.

    Attributes:
        name: Its name.
        kind: What its values are, in a word.
        facts: (what, here and in the baseline if there is one).
        bars: The most frequent values.
        values: How many different values there are; None for numbers.
        histograms: Columns here and in the baseline if there is one.
        ends: What stands below the ends of the histograms.
    """

    name: str
    kind: str
    facts: list[tuple[str, list[str]]]
    bars: list[Bar]
    values: int | None
    histograms: list[list[Column]]
    ends: tuple[str, str]


def view_feature(name: str, statistics: list[Any]) -> FeatureView:
    """Returns what there is to see of a feature.

    Args:
        name: Its name.
        statistics: Its `FeatureNameStatistics` here and, if there is one, in
            the baseline; None where it has no such feature.
    """
    given = [one for one in statistics if one is not None]
    tables = [
        _facts(name, one) if one is not None else {} for one in statistics
    ]
    labels = dict.fromkeys(label for table in tables for label in table)
    buckets = [_buckets(one) for one in statistics]
    bounds = [
        bound
        for one in buckets
        for bucket in one
        for bound in (bucket.low_value, bucket.high_value)
    ]
    ends = (min(bounds), max(bounds)) if bounds else (0.0, 0.0)
    words = [one for one in given if one.WhichOneof("stats") == "string_stats"]
    return FeatureView(
        name=name,
        kind=_kind(name, given[0]),
        facts=[
            (label, [table.get(label, "–") for table in tables])
            for label in labels
        ],
        bars=_bars(name, statistics) if words else [],
        values=words[0].string_stats.unique if words else None,
        histograms=_histograms(name, buckets, ends) if bounds else [],
        ends=(_number(name, ends[0]), _number(name, ends[1])),
    )


def _kind(name: str, statistics: Any) -> str:
    stats = statistics.WhichOneof("stats")
    if name == NUMBER_OF_ITEMS:
        return f"derived from {features.ITEM_IDS}"
    if name == features.TIME and stats == "num_stats":
        return "time"
    if stats == "bytes_stats":
        return "photo"
    return statistics_pb2.FeatureNameStatistics.Type.Name(
        statistics.type
    ).lower()


def _facts(name: str, statistics: Any) -> Facts:
    kind = statistics.WhichOneof("stats")
    stats = getattr(statistics, kind)
    common = stats.common_stats
    facts = {
        "records with it": f"{common.num_non_missing:,}",
        "records without": f"{common.num_missing:,}",
    }
    if common.max_num_values > 1:
        facts["fewest a record"] = f"{common.min_num_values:,}"
        facts["mean a record"] = f"{common.avg_num_values:,.1f}"
        facts["median a record"] = f"{_median_length(common):,.0f}"
        facts["most a record"] = f"{common.max_num_values:,}"
    if kind == "string_stats":
        facts["different values"] = f"{stats.unique:,}"
        facts["mean length"] = f"{stats.avg_length:.1f} bytes"
        if stats.invalid_utf8_count:
            facts["no UTF-8"] = f"{stats.invalid_utf8_count:,}"
    elif kind == "bytes_stats":
        facts["smallest"] = _size(stats.min_num_bytes)
        facts["mean"] = _size(stats.avg_num_bytes)
        facts["largest"] = _size(stats.max_num_bytes)
    elif kind == "num_stats":
        for label in ("min", "mean", "median", "max"):
            facts[label] = _number(name, getattr(stats, label))
        facts["zeros"] = f"{stats.num_zeros:,}"
        not_numbers = sum(one.num_nan for one in stats.histograms[:1])
        if not_numbers:
            facts["not a number"] = f"{not_numbers:,}"
    return facts


def _median_length(common: Any) -> float:
    """Returns the middle of a histogram whose buckets hold about as many."""
    buckets = common.num_values_histogram.buckets
    return buckets[len(buckets) // 2].low_value if buckets else math.nan


def _bars(name: str, statistics: list[Any]) -> list[Bar]:
    """Returns the most frequent words here, then those in the baseline."""
    counts = [_word_counts(one) for one in statistics]
    if name in _IDS and max(counts[0].values(), default=0) < 2:
        return []  # All different: nothing is frequent.
    shown = IDS_SHOWN if name in _IDS else WORDS_SHOWN
    words = list(
        dict.fromkeys(word for one in counts for word in [*one][:shown])
    )
    if name == NUMBER_OF_ITEMS:
        words.sort(key=_first_number)
    totals = [
        one.string_stats.common_stats.tot_num_values if one is not None else 0
        for one in statistics
    ]
    return [
        Bar(
            word,
            counts[0].get(word, 0),
            [
                one.get(word, 0) / max(1, total)
                for one, total in zip(counts, totals, strict=True)
            ],
        )
        for word in words
    ]


def _word_counts(statistics: Any) -> dict[str, int]:
    """Returns how often each word is there, the most frequent first."""
    if statistics is None:
        return {}
    return {
        bucket.label: int(bucket.sample_count)
        for bucket in statistics.string_stats.rank_histogram.buckets
        if bucket.low_rank == bucket.high_rank
    }


def _first_number(word: str) -> int:
    return int(word.split("-")[0])


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


def _histograms(
    name: str, buckets: list[list[Any]], ends: tuple[float, float]
) -> list[list[Column]]:
    """Draws histograms on one scale, by density: their widths may differ."""
    span = (ends[1] - ends[0]) or 1.0

    def density(bucket: Any, total: float) -> float:
        width = (bucket.high_value - bucket.low_value) / span or 1.0
        return bucket.sample_count / total / width

    totals = [sum(one.sample_count for one in group) for group in buckets]
    peak = max(
        density(bucket, total)
        for group, total in zip(buckets, totals, strict=True)
        for bucket in group
    )
    return [
        [
            Column(
                left=(bucket.low_value - ends[0]) / span,
                width=(bucket.high_value - bucket.low_value) / span or 1.0,
                height=density(bucket, total) / peak,
                tip=f"{_number(name, bucket.low_value)} to "
                f"{_number(name, bucket.high_value)}: "
                f"{bucket.sample_count:,.0f}",
            )
            for bucket in group
        ]
        for group, total in zip(buckets, totals, strict=True)
    ]


def _number(name: str, value: float) -> str:
    """Writes a number, or a time as its day."""
    if name == features.TIME:
        try:
            when = datetime.datetime.fromtimestamp(value, datetime.UTC)
            return f"{when:%Y-%m-%d}"
        except (OverflowError, ValueError):  # That it is none is an anomaly.
            pass
    if math.isfinite(value) and value == math.trunc(value):
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def _size(number: float) -> str:
    return f"{number / 1000:,.1f} kB"
