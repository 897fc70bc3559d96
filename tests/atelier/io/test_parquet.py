"""Files that are refused whatever pyarrow would do with them."""

import base64
import types

import pytest

from atelier.io import parquet


@pytest.fixture
def opened(monkeypatch):
    """Returns opened(schema): what `pq.ParquetFile` returns for any file."""

    def give(schema):
        metadata = types.SimpleNamespace(metadata=schema)
        file = types.SimpleNamespace(metadata=metadata)
        monkeypatch.setattr(parquet.pq, "ParquetFile", lambda _: file)
        return file

    return give


@pytest.mark.parametrize(
    "schema",
    [None, {}, {b"ARROW:schema": b"x"}, {b"ARROW:schema": b""}],
)
def test_a_file_without_a_pickled_type_is_opened(opened, schema):
    file = opened(schema)
    assert parquet.open_parquet("any") is file


def test_a_pickled_type_that_pyarrow_ignores_is_refused(opened):
    opened({b"ARROW:schema": base64.b64encode(b"..arrow.py_extension_type..")})
    with pytest.raises(parquet.pa.ArrowInvalid, match="a pickled Python type"):
        parquet.open_parquet("any")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Disallowed arrow.py_extension_type", parquet.pa.ArrowInvalid),
        ("something else", RuntimeError),
    ],
)
def test_the_error_of_the_hotfix_becomes_a_refusal(monkeypatch, text, error):
    def fail(_):
        raise RuntimeError(text)

    monkeypatch.setattr(parquet.pq, "ParquetFile", fail)
    with pytest.raises(error):
        parquet.open_parquet("any")
