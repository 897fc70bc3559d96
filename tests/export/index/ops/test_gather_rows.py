import numpy as np
import pytest
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.publishing.probe_servable import ask


@pytest.mark.parametrize("indices", [[2, 0, 2], [[1], [2]], []])
def test_gathers_the_requested_rows(indices):
    values = np.arange(6.0).reshape(3, 2)
    places = np.array(indices, np.int64)
    np.testing.assert_array_equal(
        gather_rows(tf.Variable(values), places), values[places]
    )


def test_no_signature_puts_a_variable_in_copy_on_read_mode(lean_version):
    ops = ask(str(lean_version)).ops
    assert "ReadVariableOp" in ops
    assert not [one for one in ops if one.startswith("ResourceGather")]
