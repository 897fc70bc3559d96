"""What is kept of a file of DVBPR's authors; personal text is not."""

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
"""The places of `c`. That 5 is women's shoes was seen, the rest is inferred."""

_ENTRIES = (
    ("user_train", dict),
    ("user_validation", dict),
    ("user_test", dict),
    ("Item", dict),
    ("usernum", int),
    ("itemnum", int),
)


class Interaction(NamedTuple):
    """What a user took.

    Attributes:
        user_id: Index of the user.
        item_id: Index of the item.
        time: In seconds since 1970, None if unknown.
    """

    user_id: str
    item_id: str
    time: int | None


class Product(NamedTuple):
    """An item.

    Attributes:
        item_id: Its index.
        category: One of `CLASSES`, or a step of its category path, or None.
        asin: Its id at the shop, None if unknown.
        photo: What stands where the file of the photo should be.
    """

    item_id: str
    category: str | None
    asin: str | None
    photo: Any


class Content(NamedTuple):
    """All of a file, in its order; a sentence where an entry is malformed.

    Attributes:
        interactions: Those for training, for validation and for the test.
        products: The items.
    """

    interactions: list[Interaction | str]
    products: list[Product | str]


def content_of(path: str, entries: list[Any]) -> Content:
    """Takes what is needed from the objects of a file.

    Args:
        path: The file, for the sentence.
        entries: What it holds.

    Raises:
        UserError: If the entries are not of the types that they should be.
    """
    for (name, kind), entry in zip(_ENTRIES, entries, strict=True):
        if not isinstance(entry, kind):
            raise UserError(
                f"{path} has a {type(entry).__name__} as {name}, expected was "
                f"type {kind.__name__}; give a file that the authors of DVBPR "
                "released"
            )
    train, validation, test, items, _, _ = entries
    interactions = [
        one
        for users in (train, validation, test)
        for user, taken in users.items()
        for one in _interactions(user, taken)
    ]
    products = [_product(index, item) for index, item in items.items()]
    return Content(interactions, products)


def _interactions(user: Any, taken: Any) -> Iterator[Interaction | str]:
    if not _is_index(user):
        yield _no_index("a user's index", user)
    elif not isinstance(taken, list):
        yield f"user {user} has a {type(taken).__name__}, a list was expected"
    else:
        for one in taken:
            yield _interaction(user, one)


def _interaction(user: int, one: Any) -> Interaction | str:
    if not isinstance(one, dict):
        return f"user {user} took a {type(one).__name__}, no dictionary"
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
        return f"item {index} is a {type(item).__name__}, no dictionary"
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
    """Returns a value; keys that Python 2 wrote may be bytes or str."""
    key = name.encode()
    return record[key] if key in record else record.get(name)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _no_index(name: str, value: Any) -> str:
    """Says so without the value, which may be what somebody wrote."""
    if value is None:
        return f"{name} is missing"
    return f"{name} is a {type(value).__name__}, no integer"


def _class(one_hot: Any) -> str | None:
    if not isinstance(one_hot, list) or len(one_hot) != len(CLASSES):
        return None
    marked = [place for place, one in enumerate(one_hot) if one]
    return CLASSES[marked[0]] if len(marked) == 1 else None


def _last_step(paths: Any) -> str | None:
    """Returns the last step of the first path that can be a category."""
    first = paths[0] if isinstance(paths, list) and paths else None
    for step in reversed(first if isinstance(first, list) else []):
        text = _text(step)
        if text and text.strip() and text.isprintable():
            return text
    return None


def _text(value: Any) -> str | None:
    """Returns text; bytes that are no UTF-8 stay visible, as in tables."""
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return value if isinstance(value, str) else None
