"""Names of columns, in the form that is compared."""

import pytest

from beam_jobs.sources.table_options import TablesOptions
from beam_jobs.tables import known_names


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Email (Billing)", "email_billing"),
        ("Lineitem sku", "lineitem_sku"),
        ("fullVisitorId", "full_visitor_id"),
        (" Größe ", "größe"),
        ("items.item_id", "items_item_id"),
    ],
)
def test_normalized(name, form):
    assert known_names.normalized(name) == form


def test_known_names_are_normalized_and_their_flags_exist():
    for flag, names in known_names.KNOWN_NAMES.items():
        assert hasattr(TablesOptions(interactions="t"), flag)
        assert [known_names.normalized(name) for name in names] == [*names]
        assert len(set(names)) == len(names), flag


@pytest.mark.parametrize(
    ("name", "flag", "columns", "similar"),
    [
        ("custmer", "--user_column", ["x", "Customer"], "Customer"),
        ("user_id", "--user_column", ["x", "email"], "email"),
        ("x", "--items_item_column", ["y", "sku"], "sku"),
        ("x", "--user_column", ["y"], None),
        ("colr", "--attribute_columns", ["color"], None),
    ],
)
def test_similar_column(name, flag, columns, similar):
    assert known_names.similar_column(name, flag, columns) == similar
