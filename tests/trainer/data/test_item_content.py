"""Content of items as the item tower reads it."""

import numpy as np

from atelier.io.parquet import pa
from atelier.io.parquet import pq
from atelier.schema.item import Item
from trainer.data.item_content import load_item_content


def test_attributes_text_and_vectors_of_each_item(write_items, tmp_path):
    table = {"item_id": ["b"], "embedding": [[1.0, 2.0]]}
    pq.write_table(pa.table(table), tmp_path / "vectors.parquet")
    data_dir = write_items(
        [
            Item("a", b"", "hat", {"color": "röd", "size": ""}, title="Cap"),
            Item("b", b"", "", {}, title="Top", description="In cotton."),
            Item("c", b"", ""),
        ]
    )
    content = load_item_content(data_dir, f"{tmp_path}/*.parquet", 2)
    assert content.attributes.to_list() == [
        [b"category=hat", "color=röd".encode()],
        [],
        [],
    ]
    text = [one.decode().strip() for one in content.text.numpy()]
    assert text == ["Cap", "Top In cotton.", ""]
    np.testing.assert_array_equal(content.vectors, [[0, 0], [1, 2], [0, 0]])
    assert load_item_content(data_dir).vectors is None
