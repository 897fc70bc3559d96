"""Records of a DVBPR data file; personal text is not kept."""

from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from atelier.io.errors import UserError

CLASSES = (
    "men's tops",
    "men's bottoms",
    "men's shoes",
    "women's tops",
    "women's bottoms",
    "women's shoes",
)
"""Classes by index of the one-hot vector `c`.

Index 5, women's shoes, was verified; the others are inferred.
"""

_ENTRIES = (
    ("user_train", dict),
    ("user_validation", dict),
    ("user_test", dict),
    ("Item", dict),
    ("usernum", int),
    ("itemnum", int),
)


class Interaction(NamedTuple):
    """An interaction of a user with an item.

    Attributes:
        user_id: Index of the user.
        item_id: Index of the item.
        time: Time in seconds since 1970, None if unknown.
    """

    user_id: str
    item_id: str
    time: int | None


class Product(NamedTuple):
    """An item with its image.

    Attributes:
        item_id: Index of the item.
        category: Class from `CLASSES`, the last valid level of the item's
            category path, or None.
        asin: Amazon's id of the item, None if unknown.
        photo: Image bytes if the record is valid, otherwise any object or None.
    """

    item_id: str
    category: str | None
    asin: str | None
    photo: Any


class Content(NamedTuple):
    """Records of a file in order; an error text for each malformed entry.

    Attributes:
        interactions: Interactions: train, then validation, then test.
        products: Items of the catalog.
    """

    interactions: list[Interaction | str]
    products: list[Product | str]


def content_of(path: str, entries: list[Any]) -> Content:
    """Converts the objects of a file to records.

    Args:
        path: Path of the file, for error messages.
        entries: Unpickled objects of the file, six.

    Raises:
        UserError: If an entry has another type than expected.
    """
    for (name, kind), entry in zip(_ENTRIES, entries, strict=True):
        if not isinstance(entry, kind):
            raise UserError(
                f"{path} has a {type(entry).__name__} as {name}, expected type "
                f"{kind.__name__}; give a file that the authors of DVBPR "
                "released"
            )
    train, validation, test, items, _, _ = entries
    interactions = [
        interaction
        for users in (train, validation, test)
        for user, history in users.items()
        for interaction in _interactions(user, history)
    ]
    products = [_product(index, item) for index, item in items.items()]
    return Content(interactions, products)


def _interactions(user: Any, history: Any) -> Iterator[Interaction | str]:
    if not _is_index(user):
        yield _no_index("a user's index", user)
    elif not isinstance(history, list):
        yield f"user {user} has a {type(history).__name__}, expected a list"
    else:
        for entry in history:
            yield _interaction(user, entry)


def _interaction(user: int, one: Any) -> Interaction | str:
    if not isinstance(one, dict):
        return (
            f"an interaction of user {user} is a {type(one).__name__}, "
            "expected a dictionary"
        )
    item, time = _field(one, "productid"), _field(one, "unixReviewTime")
    if not _is_index(item):
        return _no_index("productid", item)
    if not (time is None or _is_index(time)):
        return _no_index("unixReviewTime", time)
    return Interaction(str(user), str(item), time)


def _product(index: Any, item: Any) -> Product | str:
    if not _is_index(index):
        return _no_index("an item's index", index)
    if not isinstance(item, dict):
        return f"item {index} is a {type(item).__name__}, expected a dictionary"
    one_hot = _field(item, "c")
    if one_hot is None:
        category = _last_step(_field(item, "categories"))
    else:
        category = _class(one_hot)
        if category is None:
            return f"the c of item {index} does not mark one of six classes"
    return Product(
        str(index),
        category,
        _text(_field(item, "asin")),
        _field(item, "imgs"),
    )


def _field(record: dict[Any, Any], name: str) -> Any:
    """Returns a value; keys from Python 2 may be bytes or str."""
    key = name.encode()
    return record[key] if key in record else record.get(name)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _no_index(name: str, value: Any) -> str:
    """Returns an error text without the value, which may be personal."""
    if value is None:
        return f"{name} is missing"
    return f"{name} is a {type(value).__name__}, expected an integer"


def _class(one_hot: Any) -> str | None:
    if not isinstance(one_hot, list) or len(one_hot) != len(CLASSES):
        return None
    marked = [place for place, one in enumerate(one_hot) if one]
    return CLASSES[marked[0]] if len(marked) == 1 else None


def _last_step(paths: Any) -> str | None:
    """Returns the last valid level of the first category path."""
    first = paths[0] if isinstance(paths, list) and paths else None
    for step in reversed(first if isinstance(first, list) else []):
        text = _text(step)
        if text and text.strip() and text.isprintable():
            return text
    return None


def _text(value: Any) -> str | None:
    """Returns text; bytes that are not UTF-8 become surrogate escapes."""
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return value if isinstance(value, str) else None
