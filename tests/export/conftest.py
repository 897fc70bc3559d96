"""Exports of fewer signatures."""

import contextlib

import pytest


@pytest.fixture(scope="session")
def recommender_of():
    """Returns recommender_of(*names): a context manager of these signatures.

    To trace all of them takes most of the time of an export.
    """
    from atelier.schema.signatures import RECOMMENDER
    from atelier.schema.signatures import SIGNATURES

    @contextlib.contextmanager
    def have(*names):
        signatures = {name: SIGNATURES[RECOMMENDER][name] for name in names}
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SIGNATURES, RECOMMENDER, signatures)
            yield

    return have
