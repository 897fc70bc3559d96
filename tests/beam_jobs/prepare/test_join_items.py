import base64

import pytest

from beam_jobs.prepare.join_items import keyed_photo
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import PHOTO
from beam_jobs.tables.row import Row


def photo_row(value):
    return Row(("a.csv", 1), {ITEM_ID: "i1", PHOTO: value})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize(
    "form",
    [
        lambda photo: base64.b64encode(photo).decode(),
        lambda photo: base64.encodebytes(photo).decode(),
        lambda photo: "data:;base64," + base64.b64encode(photo).decode(),
        str,
    ],
    ids=["base64", "lines", "data URI", "Python"],
)
def test_a_photo_as_text_is_told_as_such(encode, kind, form):
    value = form(encode(kind=kind))

    (rejected,) = keyed_photo(photo_row(value))

    assert rejected.value.reason == "photo_as_text"
    assert rejected.value.detail == (
        f"the photo {value[:40]!r} is in the table as text, such as base64; "
        "write its bytes to a binary column of a Parquet file, or to a file"
    )


@pytest.mark.parametrize(
    "path",
    ["a.jpg", "data:a.jpg", "/9j/a.jpg", "b'a.jpg'", "a" * 255, "a." * 200],
)
def test_paths(path):
    assert list(keyed_photo(photo_row(path))) == [("i1", (("a.csv", 1), path))]
