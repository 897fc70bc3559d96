"""Flags of `--source tables`."""

import dataclasses

from atelier.cli.flags import Options
from atelier.cli.flags import option
from beam_jobs.sources.columns import NULL_VALUES
from beam_jobs.tables.csv_file import QUOTES


@dataclasses.dataclass(frozen=True, kw_only=True)
class TablesOptions(Options):
    """Flags of the paths, the columns and the format of the tables."""

    TITLE = (
        "tables (.parquet, .csv, .tsv, .jsonl, .gz; folders or glob patterns)"
    )
    interactions: str = option(
        ...,
        "table of interactions; also bigquery://project.dataset.table, "
        "together with --items",
    )
    items: str | None = option(
        None, "table of items (default: the --interactions table)"
    )
    photos: str | None = option(
        None,
        "table of images or image paths, or a folder of images named after "
        "their items, such as 17.jpg (default: the --items table)",
    )
    user_column: str = option("user_id", "ids of users")
    item_column: str = option("item_id", "ids of items, in all three tables")
    items_item_column: str | None = option(
        None, "ids of items in the --items table (default: --item_column)"
    )
    item_name_columns: str | None = option(
        None,
        "columns of the title and the options in the --items table, separated "
        "by commas, whose names `Title - S / Red` are the ids of items in the "
        "interactions; needs --fill_from_group, for exports of Shopify "
        "without SKUs (default: none)",
    )
    photos_item_column: str | None = option(
        None,
        "ids of items in the --photos table (default: that of the items if it "
        "is the --items table, else --item_column)",
    )
    time_column: str | None = option(
        None, "dates, ISO times or numbers since 1970 (default: no times)"
    )
    time_format: str = option(
        "auto",
        "auto: ISO 8601, UTC if without a zone, or seconds to nanoseconds "
        "since 1970 by their size, ambiguous times are rejected, and the last "
        "lines of the job state what was recognized; or one of seconds, "
        "milliseconds, microseconds, nanoseconds, spreadsheet (days), or a "
        "pattern such as %%d/%%m/%%Y",
    )
    weight_column: str | None = option(
        None, "weights of interactions (default: none)"
    )
    type_column: str | None = option(
        None,
        "names of events, such as purchase and view, or statuses of orders; "
        "needs --type_weights (default: none)",
    )
    type_weights: str | None = option(
        None,
        "weights of interactions by --type_column, such as purchase=5,view=1; "
        "rows with other values are dropped",
    )
    order_column: str | None = option(
        None,
        "ids of orders; a row without a user, time or type takes that of the "
        "row before it if it has the same order, as in exports of Shopify "
        "(default: none)",
    )
    quantity_column: str | None = option(
        None,
        "numbers of pieces; rows with 0 or less are returns and are dropped "
        "(default: none)",
    )
    category_column: str | None = option(
        None, "categories of items (default: none)"
    )
    title_column: str | None = option(
        None, "titles of items, for people to read (default: none)"
    )
    description_column: str | None = option(
        None, "descriptions of items (default: none)"
    )
    price_column: str | None = option(
        None,
        "prices of items, such as 19.90, $19.90 or 19,90 € (default: none)",
    )
    url_column: str | None = option(
        None, "links to the pages of items (default: none)"
    )
    group_column: str | None = option(
        None,
        "ids that the variants of a product share, such as its colors "
        "(default: none)",
    )
    fill_from_group: bool = option(
        False,
        "rows without a title, photo or other value take that of the first "
        "row of their --group_column, as in exports of Shopify and WooCommerce",
    )
    product_id_column: str | None = option(
        None,
        "ids by which --group_column names products without an item id, as "
        "`id:` and the id; needs --fill_from_group, for exports of WooCommerce "
        "(default: none)",
    )
    merge_variants: bool = option(
        False,
        "rows of a --group_column with the same photo, such as the sizes of a "
        "dress, are one item, under the id of the first",
    )
    attribute_columns: str | None = option(
        None,
        "columns of item attributes, separated by commas, NAME=COLUMN for "
        "an attribute with another name; a name with a comma in double quotes",
    )
    option_columns: str | None = option(
        None,
        "pairs of columns with the names and the values of attributes, "
        "NAME_COLUMN=VALUE_COLUMN, separated by commas, as in exports of "
        "Shopify and WooCommerce (default: none)",
    )
    photo_column: str = option(
        "photo", "image bytes, or paths or URIs of images"
    )
    variant_photo_column: str | None = option(
        None,
        "paths or URIs of images of variants; a row without one takes the "
        "--photo_column of the first row of its --group_column, that of other "
        "rows is not used; needs --fill_from_group, for exports of Shopify "
        "(default: none)",
    )
    mask_column: str | None = option(
        None,
        "masks of the garments for --background white: image files beside "
        "image bytes, white or opaque where the garment is (default: the "
        "garment is found by a network)",
    )
    photo_root: str | None = option(
        None,
        "folder or URI that relative image paths start from and that holds all "
        "images but those over HTTP, such as gs://bucket (default: folder of "
        "--photos)",
    )
    delimiter: str | None = option(
        None,
        "field separator of CSV files (default: comma, semicolon, tab or |, "
        "the one that occurs most in the header of the file)",
    )
    csv_quotes: str = option(
        QUOTES[0],
        "how CSV files write a quote inside quotes: doubled; after a "
        "backslash, as Spark and MySQL do; none: a quote is a character like "
        "others, and a backslash escapes separators, as in tab-separated "
        "files of MySQL",
        choices=QUOTES,
    )
    csv_encoding: str | None = option(
        None,
        "encoding of what is not UTF-8 or UTF-16 in CSV files, such as cp1252, "
        "in which Excel saves them in Western Europe, or cp1250 in Central "
        "Europe (default: none, such rows are rejected)",
    )
    null_values: str | None = option(
        None,
        "texts that stand for no value, separated by commas (default: "
        f"{','.join(NULL_VALUES)})",
    )
