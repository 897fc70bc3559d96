"""Statistics of a data set and of its baseline, from one pipeline."""

import dataclasses

import apache_beam as beam
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.prepare.dataset_dir import STATISTICS
from beam_jobs.prepare.dataset_dir import data_folder
from beam_jobs.progress import bytes_written
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline
from beam_jobs.validate.feature_skew import Skew
from beam_jobs.validate.feature_skew import WriteFeatureSkew
from beam_jobs.validate.feature_skew import read_skew
from beam_jobs.validate.statistics import SETS
from beam_jobs.validate.statistics import Statistics
from beam_jobs.validate.statistics import WriteStatistics
from beam_jobs.validate.statistics import has_statistics
from beam_jobs.validate.statistics import patterns_of
from beam_jobs.validate.statistics import prefix_of
from beam_jobs.validate.statistics import read_statistics


@dataclasses.dataclass(frozen=True)
class DatasetStatistics:
    """A data set with its statistics.

    Attributes:
        data_dir: Folder of the data set.
        manifest: Manifest of the data set.
        statistics: TFDV statistics by set of records.
    """

    data_dir: str
    manifest: Manifest
    statistics: Statistics


@dataclasses.dataclass(frozen=True)
class Baseline(DatasetStatistics):
    """A data set that another data set is compared with.

    Attributes:
        data_dir: Folder of the data set.
        manifest: Manifest of the data set.
        statistics: TFDV statistics by set of records.
        skew: Differences between the items that both data sets have.
    """

    skew: Skew


def describe(
    data_dir: str, baseline: str | None, options: PipelineOptions
) -> tuple[DatasetStatistics, Baseline | None]:
    """Computes statistics, and the differences of items from a baseline.

    The baseline's folder is not changed. If it has no statistics, they are
    written to the folder of the data set.

    Args:
        data_dir: Folder of a prepared data set.
        baseline: Folder of the data set to compare with, or None.
        options: Beam options.

    Returns:
        The data set and the baseline, None without one.

    Raises:
        UserError: If a folder holds no data set or lacks records, or the job
            fails.
    """
    manifest = _open(data_dir)
    other = _open(baseline) if baseline else None
    here = prefix_of(data_dir)
    pipeline = new_pipeline(options)
    _ = pipeline | "Statistics" >> WriteStatistics(data_dir, here)
    if baseline is None or other is None:
        _run(pipeline, data_dir)
        return DatasetStatistics(
            data_dir, manifest, _read(manifest, data_dir, here)
        ), None
    there = prefix_of(baseline)
    if not has_statistics(there):
        there = f"{here}baseline-"
        _ = pipeline | "Baseline" >> WriteStatistics(baseline, there)
    comparable = _image_options(manifest) == _image_options(other)
    _ = pipeline | "Skew" >> WriteFeatureSkew(data_dir, baseline, comparable)
    _run(pipeline, data_dir)
    return (
        DatasetStatistics(data_dir, manifest, _read(manifest, data_dir, here)),
        Baseline(
            baseline,
            other,
            _read(other, baseline, there),
            read_skew(data_dir, baseline),
        ),
    )


def _image_options(manifest: Manifest) -> tuple[object, ...]:
    """Returns the options that change the bytes of the image of a photo."""
    return manifest.image_size, manifest.resize, manifest.background


def _open(data_dir: str) -> Manifest:
    """Reads the manifest; each set must have shards, as TFDV requires."""
    manifest = Manifest.read(data_dir)
    for name, pattern in patterns_of(data_dir).items():
        if not tf.io.gfile.glob(pattern):
            raise UserError(
                f"{data_dir} has no {name} files ({pattern}); prepare the "
                "data again"
            )
    return manifest


def _read(manifest: Manifest, data_dir: str, prefix: str) -> Statistics:
    """Reads statistics and checks their record counts."""
    statistics = read_statistics(prefix)
    for name in SETS:
        num_examples = statistics[name].datasets[0].num_examples
        if num_examples != manifest.counts[name]:
            raise UserError(
                f"{data_dir} holds {num_examples} records of {name} where its "
                f"{paths.MANIFEST} says {manifest.counts[name]}; prepare the "
                "data again"
            )
    return statistics


def _run(pipeline: beam.Pipeline, data_dir: str) -> None:
    # Earlier statistics may be of other data or incomplete.
    data_folder(data_dir).delete(*STATISTICS)
    with bytes_written(prefix_of(data_dir), "validate: written"):
        run_pipeline(pipeline)
