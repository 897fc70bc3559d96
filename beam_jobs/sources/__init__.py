"""Sources of raw data, adapters that implement the interface `Source`."""

from beam_jobs.sources.amazon_reviews import AmazonReviews
from beam_jobs.sources.dvbpr_npy import DvbprNpy
from beam_jobs.sources.hm import HM
from beam_jobs.sources.source import Source
from beam_jobs.sources.tables import Tables

SOURCES: dict[str, type[Source]] = {
    source.name: source for source in (Tables, HM, AmazonReviews, DvbprNpy)
}
"""Source classes by the value of `--source`."""
