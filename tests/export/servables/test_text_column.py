"""Texts of items, each distinct one stored once."""

import pytest
import tensorflow as tf

from export.servables.text_column import TextColumn


@pytest.mark.parametrize(
    ("texts", "num_stored"), [(["b", "", "b", "é"], 3), (["", "", "", ""], 1)]
)
def test_texts_are_stored_once(texts, num_stored):
    column = TextColumn(texts)

    found = column(tf.constant([[3, 2], [1, 0]])).numpy().tolist()

    assert found == [
        [texts[3].encode(), texts[2].encode()],
        [texts[1].encode(), texts[0].encode()],
    ]
    assert [variable.shape[0] for variable in column.variables] == (
        [num_stored, 4] if num_stored > 1 else [num_stored]
    )
