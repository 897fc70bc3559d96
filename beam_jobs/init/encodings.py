"""Encoding of the CSV files that are not UTF-8."""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator

from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import SampledTable

SECTION = "Format"
_OTHERS = {"cp1250": "Central Europe", "mac_roman": "old versions for Mac"}
_WORDS = 3
"""Words that are shown."""


def add_encoding(plan: Plan, tables: Iterable[SampledTable]) -> None:
    """Adds the encoding of tables that are not UTF-8 to the plan.

    Args:
        plan: Plan with the settings of the tables.
        tables: Tables that are used.
    """
    for table in tables:
        if table.encoding is not None:
            words = dict.fromkeys(_words(table))
            shown = ", ".join(itertools.islice(words, _WORDS))
            evidence = f"{table.path} is not UTF-8; read so, it has: {shown}"
            plan.add(
                SECTION,
                Setting("csv_encoding", table.encoding, evidence),
                *(
                    Setting("csv_encoding", name, f"in {place}", False)
                    for name, place in _OTHERS.items()
                ),
            )
            plan.unsure.append(
                f"the encoding of {table.path}, {table.encoding}: are these "
                f"words right: {shown}? If not, change csv_encoding"
            )
            return


def _words(table: SampledTable) -> Iterator[str]:
    """Yields the words with letters that are not ASCII."""
    texts = (text for one in table.columns.values() for text in one.distinct)
    for text in (*table.columns, *texts):
        yield from (
            word
            for word in text.split()
            if any(one.isalpha() and not one.isascii() for one in word)
        )
