"""Sources of raw data, each an adapter of one file behind one interface."""

from beam_jobs.sources.amazon_reviews import AmazonReviews
from beam_jobs.sources.dvbpr_npy import DvbprNpy
from beam_jobs.sources.hm import HM
from beam_jobs.sources.source import Source
from beam_jobs.sources.tables import Tables

SOURCES: dict[str, type[Source]] = {
    source.name: source for source in (Tables, HM, AmazonReviews, DvbprNpy)
}
"""The values of `--source`."""
