"""Describes a data set, and a baseline beside it, in one pipeline."""

import dataclasses

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from beam_jobs.progress import bytes_written
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline
from beam_jobs.validation.feature_skew import Skew
from beam_jobs.validation.feature_skew import WriteFeatureSkew
from beam_jobs.validation.feature_skew import read_skew
from beam_jobs.validation.statistics import Statistics
from beam_jobs.validation.statistics import WriteStatistics
from beam_jobs.validation.statistics import has_statistics
from beam_jobs.validation.statistics import prefix_of
from beam_jobs.validation.statistics import read_statistics
from records.manifest import Manifest


@dataclasses.dataclass(frozen=True)
class Described:
    """A data set and what its records are like.

    Attributes:
        data_dir: Where it is.
        manifest: Its manifest.
        statistics: Those of all its sets.
    """

    data_dir: str
    manifest: Manifest
    statistics: Statistics


@dataclasses.dataclass(frozen=True)
class Baseline(Described):
    """A data set that another one is compared with.

    Attributes:
        skew: How the items that both have differ.
    """

    skew: Skew


def describe(
    data_dir: str, baseline: str | None, options: PipelineOptions
) -> tuple[Described, Baseline | None]:
    """Computes statistics, and how items differ from those of a baseline.

    Nothing is written to the baseline: where it has no statistics, they go
    beside those of the data set.

    Args:
        data_dir: A prepared data set.
        baseline: Another one, to compare with.
        options: Beam's options.

    Raises:
        UserError: If one of them is no data set, or the job fails.
    """
    manifest = Manifest.read(data_dir)
    other = Manifest.read(baseline) if baseline else None
    here = prefix_of(data_dir)
    pipeline = new_pipeline(options)
    _ = pipeline | "Statistics" >> WriteStatistics(data_dir, here)
    if baseline is None or other is None:
        _run(pipeline, here)
        return Described(data_dir, manifest, read_statistics(here)), None
    there = prefix_of(baseline)
    if not has_statistics(there):
        there = f"{here}baseline-"
        _ = pipeline | "Baseline" >> WriteStatistics(baseline, there)
    # Other options of the resizing make other bytes of the same photo.
    comparable = (manifest.image_size, manifest.resize) == (
        other.image_size,
        other.resize,
    )
    _ = pipeline | "Skew" >> WriteFeatureSkew(data_dir, baseline, comparable)
    _run(pipeline, here)
    return (
        Described(data_dir, manifest, read_statistics(here)),
        Baseline(
            baseline,
            other,
            read_statistics(there),
            read_skew(data_dir, baseline),
        ),
    )


def _run(pipeline: beam.Pipeline, directory: str) -> None:
    with bytes_written(directory, "validate: written"):
        run_pipeline(pipeline)
