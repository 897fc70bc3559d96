"""File names of thumbnails, which pages compute in JavaScript."""

import pytest

from atelier.schema.catalog_files import thumbnail_name


@pytest.mark.parametrize(
    ("item_id", "name"),
    [
        # As `encodeURIComponent` returns them.
        ("Größe, 3-1", "Gr%C3%B6%C3%9Fe%2C%203-1.jpg"),
        ("../a/b?c#d%", "..%2Fa%2Fb%3Fc%23d%25.jpg"),
        ("A-Za_z0.!~*'()", "A-Za_z0.!~*'().jpg"),
        ("帽", "%E5%B8%BD.jpg"),
        (".", "..jpg"),
    ],
)
def test_a_name_is_quoted_as_in_a_browser(item_id, name):
    assert thumbnail_name(item_id) == name


def test_an_id_that_is_too_long_has_no_thumbnail():
    assert thumbnail_name("i" * 200) == f"{'i' * 200}.jpg"
    assert thumbnail_name("i" * 201) is None
    assert thumbnail_name("ß" * 34) is None
