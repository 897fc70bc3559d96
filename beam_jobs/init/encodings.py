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
            words = sorted(dict.fromkeys(_words(table)), key=_has_no_letter)
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
    """Yields the words that are not ASCII."""
    texts = (text for one in table.columns.values() for text in one.distinct)
    for text in (*table.columns, *texts):
        yield from (word for word in text.split() if not word.isascii())


def _has_no_letter(word: str) -> bool:
    """Returns whether a word has only signs beyond ASCII, such as `€`."""
    return not any(char.isalpha() and not char.isascii() for char in word)
