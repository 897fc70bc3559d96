"""Attributes whose names are in another column."""

import pytest

from atelier.io.errors import UserError
from beam_jobs.sources.tables import Tables

HEADER = (
    "sku,photo,Handle,brand,"
    "Option1 Name,Option1 Value,Option2 Name,Option2 Value"
)
PAIRS = "Option1 Name=Option1 Value,Option2 Name=Option2 Value"


@pytest.fixture
def attributes_of(tmp_path, opened, rows_of):
    """Reads the attributes of lines of a products table."""

    def attributes(
        *lines, flags=("--group_column=Handle", "--fill_from_group")
    ):
        (tmp_path / "items.csv").write_text("\n".join([HEADER, *lines]))
        (tmp_path / "log.csv").write_text("user_id,sku\nu,1\n")
        source = opened(
            Tables,
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            "--item_column=sku",
            "--attribute_columns=brand",
            f"--option_columns={PAIRS}",
            *flags,
        )
        return [
            {k: v for k, v in row["attributes"].items() if v is not None}
            for _, row in rows_of(source, "items")
        ]

    return attributes


def test_options_in_another_order_are_one_attribute(attributes_of):
    # As Shopify writes it: the names are in the first row of a product.
    assert attributes_of(
        "1,a.jpg,coat,A,Size,S,Color,Red",
        "2,,coat,,,M,,Blue",
        "3,b.jpg,hat,B,color,Red,Size,L",
        "4,,hat,,,Green,,",
        "5,c.jpg,bag,,Title,Default Title,,",
    ) == [
        {"brand": "A", "Size": "S", "Color": "Red"},
        {"brand": "A", "Size": "M", "Color": "Blue"},
        {"brand": "B", "Color": "Red", "Size": "L"},
        {"brand": "B", "Color": "Green", "Size": "L"},
        {},
    ]


def test_options_that_each_row_names(attributes_of):
    # As WooCommerce writes it: a variation states its own options, and the
    # product, which is the group, all of them.
    assert attributes_of(
        '1,a.jpg,,,Color,Red,Size,"S, M"', "2,,1,,Size,S,,", "3,,1,,Size,M,,"
    ) == [
        {"Color": "Red", "Size": "S, M"},
        {"Color": "Red", "Size": "S"},
        {"Color": "Red", "Size": "M"},
    ]


def test_rows_that_stand_alone(attributes_of):
    assert attributes_of(
        "1,a.jpg,coat,A,Brand,B,brand ,C",
        "2,b.jpg,coat,,,M,Size,L",
        flags=["--group_column=Handle"],
    ) == [{"brand": "A", "Brand": "B"}, {"Size": "L"}]


@pytest.mark.parametrize("pairs", ["Option1 Value", "=Option1 Value", "a=b,"])
def test_pairs_that_lack_a_column(attributes_of, pairs):
    with pytest.raises(UserError, match="must be pairs of columns such as"):
        attributes_of("1,a.jpg,,,,,,", flags=[f"--option_columns={pairs}"])


def test_a_missing_column_is_named(attributes_of):
    with pytest.raises(UserError, match="no column 'Size'.*--option_columns"):
        attributes_of("1,a.jpg,,,,,,", flags=["--option_columns=Size=brand"])
