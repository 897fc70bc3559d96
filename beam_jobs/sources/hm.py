"""`--source hm`: the data of the H&M competition on Kaggle."""

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.schema import paths
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.columns import attributes_of
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import DESCRIPTION
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import TITLE
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import Source
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import open_table

_ARTICLE = "article_id"
_ARTICLE_DIGITS = 10
_LAYOUT = "--hm_dir (a folder with the file layout of Kaggle)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class HMOptions(Options):
    """Flags of the folder and of the item columns."""

    TITLE = "H&M data"
    hm_dir: str = option(..., "folder of the unpacked data, with articles.csv")
    category_column: str = option(
        "product_group_name", "category column of articles.csv"
    )
    title_column: str = option("prod_name", "title column of articles.csv")
    description_column: str = option(
        "detail_desc", "description column of articles.csv"
    )
    group_column: str = option(
        "product_code",
        "column of articles.csv that variants of a product share",
    )
    attribute_columns: str | None = option(
        None,
        "columns of articles.csv that become item attributes, separated by "
        "commas, for example colour_group_name,product_type_name",
    )


@dataclasses.dataclass(frozen=True)
class HM(Source):
    """Files `articles.csv`, `transactions_train.csv`, `images/012/0123….jpg`.

    Article ids are strings of 10 digits that begin with a zero, which is put
    back where it is missing. Interactions have no weights: the price is not a
    measure of preference.

    Attributes:
        photo_root: Folder that relative image paths start from.
        interactions: Table of the transactions.
        articles: Table of the items.
        has_weights: False.
    """

    name: ClassVar[str] = "hm"
    options: ClassVar[type[Options]] = HMOptions
    path_flags: ClassVar[tuple[str, ...]] = ("hm_dir",)
    photo_root: str
    interactions: NamedColumns
    articles: NamedColumns
    has_weights: bool = False

    @classmethod
    def open(cls, args: HMOptions) -> "HM":
        """Opens the two tables and checks their columns."""
        attributes = attributes_of(args.attribute_columns)
        interactions = {
            USER_ID: "customer_id",
            ITEM_ID: _ARTICLE,
            TIME: "t_dat",
        }
        articles = {
            ITEM_ID: _ARTICLE,
            CATEGORY: args.category_column,
            TITLE: args.title_column,
            DESCRIPTION: args.description_column,
            GROUP_ID: args.group_column,
        }
        return cls(
            photo_root=paths.join(args.hm_dir, "images"),
            interactions=NamedColumns(
                open_table(
                    paths.join(args.hm_dir, "transactions_train.csv"),
                    dict.fromkeys(interactions.values(), _LAYOUT),
                ),
                interactions,
            ),
            articles=NamedColumns(
                open_table(
                    paths.join(args.hm_dir, "articles.csv"),
                    {
                        _ARTICLE: _LAYOUT,
                        args.category_column: "--category_column",
                        args.title_column: "--title_column",
                        args.description_column: "--description_column",
                        args.group_column: "--group_column",
                        **dict.fromkeys(
                            attributes.values(), "--attribute_columns"
                        ),
                    },
                ),
                articles,
                attributes,
            ),
        )

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the chunks of a table; images come with articles."""
        if table == INTERACTIONS:
            return self.interactions.table.chunks
        return self.articles.table.chunks

    def blocks(self, table: str, chunk: Chunk) -> list[Block]:
        """Returns the blocks of a large file."""
        columns = self.interactions if table == INTERACTIONS else self.articles
        return columns.table.blocks(chunk)

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk; article ids determine image paths."""
        columns = self.interactions if table == INTERACTIONS else self.articles
        for row in columns.read(chunk):
            if isinstance(row, Row) and row.values[ITEM_ID] is not None:
                # A program that read the ids as numbers dropped the zero.
                article = str(row.values[ITEM_ID]).removesuffix(".0")
                article = article.zfill(_ARTICLE_DIGITS)
                values = {**row.values, ITEM_ID: article}
                if table == PHOTOS:
                    values[PHOTO] = f"{article[:3]}/{article}.jpg"
                row = Row(row.address, values)
            yield row
