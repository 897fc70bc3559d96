"""Where TFDV has no wheel, `validate` says so and everything else works."""

import pytest

from atelier.io.errors import UserError
from beam_jobs.validate import cli as validate


def test_without_tfdv(monkeypatch, tmp_path):
    monkeypatch.setattr(validate, "tfdv", None)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={tmp_path}"])

    assert str(caught.value) == (
        "TensorFlow Data Validation is not installed, it has no wheel for "
        "this Python and C library; docs/testing.md says which have one"
    )
