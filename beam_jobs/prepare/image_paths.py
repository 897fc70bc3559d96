"""Image paths of tables, as other systems write them.

Tables come from shops, spreadsheets and other operating systems: paths have
blanks around them, the separators of Windows, the leading slash of a web
server, `%20` for a blank, or letters in another case.
"""

import collections
import functools
import os
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator

_TEXT_PHOTO = re.compile(
    r"""data:[^,]*,.* | b['"](?:\\x|GIF8|RIFF|BM).*
    | (?:/9j/|iVBORw0KGgo|R0lGOD|UklGR)[A-Za-z0-9+/]{40,}=*
    | [A-Za-z0-9+/_-]{256,}=* """,
    re.DOTALL | re.VERBOSE,
)
"""Data URI, bytes in Python's notation, base64 of a photo or of any bytes."""
_NEXT_URL = re.compile(
    r"(?:,\s+|(?:(?<=\.jpg|\.png|\.gif)|(?<=\.jpeg|\.webp|\.avif))[,;|]\s*)"
    r"(?=https?://)",
    re.IGNORECASE,
)
"""Separator of URLs: a comma and a blank, which no URL holds, or a separator
after the name of an image."""


def is_photo_as_text(value: str) -> bool:
    """Returns whether a value is a photo as text: base64 or a data URI."""
    return bool(_TEXT_PHOTO.fullmatch("".join(value.split())))


def first_photo(cell: str) -> str:
    """Returns the first URL of a cell with several, else the whole cell."""
    return _NEXT_URL.split(cell, maxsplit=1)[0]


def local_spellings(root: str, path: str) -> Iterator[str]:
    """Yields the possible spellings of a local path, the literal one first.

    Args:
        root: Folder that relative paths start from, without links.
        path: Path of a table.
    """
    slashes = path.strip().replace("\\", "/")
    relative = slashes.removeprefix(f"{root}/").lstrip("/")
    decoded = urllib.parse.unquote(relative)
    yield from dict.fromkeys((path, path.strip(), slashes, relative, decoded))
    other_case = _in_other_case(root, decoded)
    if other_case is not None:
        yield other_case


def relative_spellings(root: str, path: str) -> Iterator[str]:
    """Yields the spellings of a path below a root URI, the literal one first.

    Args:
        root: URI that relative paths start from.
        path: Path of a table, without a scheme.
    """
    relative = path.strip().replace("\\", "/").lstrip("/")
    if root.lower().startswith(("http://", "https://")):
        yield relative  # A URL: a browser reads it in the same way.
        return
    decoded = urllib.parse.unquote(relative)
    yield from dict.fromkeys((path.lstrip("/"), relative, decoded))


def _in_other_case(root: str, path: str) -> str | None:
    """Returns the only file whose path below the root differs in case."""
    place = root
    for name in filter(lambda part: part not in ("", "."), path.split("/")):
        names = _names(place).get(_folded(name), [])
        if name not in names:
            if len(names) != 1:
                return None
            name = names[0]
        place = os.path.join(place, name)
    return place


@functools.lru_cache(maxsize=16)
def _names(folder: str) -> dict[str, list[str]]:
    """Returns the names in a folder by their case-folded form."""
    names = collections.defaultdict(list)
    try:
        for name in os.listdir(folder):
            names[_folded(name)].append(name)
    except (OSError, ValueError):  # No folder, or a NUL in its name.
        pass
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
