"""Vocabularies are sorted, whatever the number of their parts."""

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that
from apache_beam.testing.util import equal_to

from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.options import beam_options
from beam_jobs.prepare import vocabulary
from beam_jobs.run_pipeline import new_pipeline


@pytest.fixture
def write(tmp_path):
    """Writes a vocabulary; returns its ids and the number of its parts."""

    def write(ids):
        path = str(tmp_path / "vocab" / "ids.txt")
        parts = str(tmp_path / "staging" / "ids")
        with new_pipeline(beam_options([], "prog")) as pipeline:
            counts = (
                pipeline
                | beam.Create(ids)
                | vocabulary.WriteVocabulary(path, parts, "ids")
            )
            assert_that(counts, equal_to([(("counts", "ids"), len(set(ids)))]))
        return read_vocabulary(path), len(list(tmp_path.glob("staging/*")))

    return write


@pytest.mark.parametrize("ids", [[], ["b", "a", "b", "é", "帽", "Z", ""]])
def test_ids_in_one_part(write, ids):
    assert write(ids) == (sorted(set(ids)), min(1, len(ids)))


def test_ids_in_several_parts(write, monkeypatch):
    monkeypatch.setattr(vocabulary, "IDS_PER_RANGE", 3)
    ids = [f"{number * 7 % 11} {'é' * (number % 3)}" for number in range(22)]

    made, num_parts = write(ids)

    assert made == sorted(set(ids))
    assert num_parts > 2


def test_bounds_part_the_ids_about_equally():
    quantiles = [f"{number:04d}" for number in range(1001)]

    assert vocabulary.range_bounds(quantiles, 1_000_000) == []
    assert vocabulary.range_bounds(quantiles, 3_500_000) == [
        "0250",
        "0500",
        "0750",
    ]
    assert len(vocabulary.range_bounds(quantiles, 10**10)) == 999


def test_few_quantiles():
    assert vocabulary.range_bounds([], 0) == []
    assert vocabulary.range_bounds(["a", "a", "b"], 10**7) == ["a"]
