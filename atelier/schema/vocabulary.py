"""Vocabularies: one UTF-8 id per line; the index counts lines from 0."""

from atelier.io import files
from atelier.io.errors import UserError


def read_vocabulary(path: str) -> list[str]:
    """Reads the ids of a vocabulary, in index order.

    Raises:
        UserError: If the file is cut short or is not UTF-8.
    """
    content = files.read_bytes(path)
    try:
        *ids, rest = content.decode().split("\n")
    except UnicodeDecodeError:
        rest = "not UTF-8"
    if rest:
        raise UserError(
            f"{path} is damaged: it is not UTF-8 text of whole lines; copy the "
            "data set again, or prepare it again"
        )
    return ids


def vocabulary_lines(ids: list[str]) -> bytes:
    """Encodes ids for `read_vocabulary`; no id may contain a line feed."""
    return "".join(f"{one}\n" for one in ids).encode()
