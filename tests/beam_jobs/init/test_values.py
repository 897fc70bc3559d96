"""Values that decide what `init` writes."""

import pytest

from atelier.io.errors import UserError
from beam_jobs.init.check_table import require_readable
from beam_jobs.init.interactions import _is_return
from beam_jobs.init.photos import _is_private
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.table import BadRow


@pytest.mark.parametrize(
    ("value", "expected"),
    [("-1", True), ("0", True), ("2", False), ("x", False)],
)
def test_returns(value, expected):
    assert _is_return(value) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.0.0.1", True),
        ("8.8.8.8", False),
        ("shop.local", True),
        ("nas", True),
        ("cdn.shop.com", False),
    ],
)
def test_private_hosts(host, expected):
    assert _is_private(host) == expected


def test_a_table_of_empty_rows_has_no_rows():
    empty = BadRow(("a.csv", 1), EMPTY_ROW, "no value")

    with pytest.raises(UserError, match="a.csv holds no rows; add rows to it"):
        require_readable("a.csv", [empty])
