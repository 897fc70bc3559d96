"""Tracing of methods by the table of signatures."""

import pytest
import tensorflow as tf

from atelier.schema.signatures import Signature
from atelier.schema.signatures import Tensor
from export.servables.signatures import trace

SEED = Tensor("seed", "int64", "random seed")
ROW = Tensor("row", "string", "row")
SIGNATURE = Signature("draw", "Draws.", (SEED,), (ROW,))


def test_a_method_that_returns_something_else_is_refused():
    with pytest.raises(ValueError, match="signature draw must return") as error:
        trace(lambda seed: {"row": seed}, SIGNATURE)
    assert "{'row': ('string', 1)}, got {'row': ('int64', 1)}" in str(
        error.value
    )


def test_a_method_is_traced_for_any_number_of_rows():
    function = trace(lambda seed: {"row": tf.as_string(seed)}, SIGNATURE)
    for rows in ([], [3, 4]):
        found = function(seed=tf.constant(rows, tf.int64))["row"]
        assert found.numpy().tolist() == [b"%d" % one for one in rows]
