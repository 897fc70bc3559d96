"""What the report reads of a prepared data set."""

import base64
import dataclasses

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.triple import parse_interactions
from atelier.schema.user import parse_users


@dataclasses.dataclass(frozen=True)
class CatalogueItem:
    """An item as the page shows it: its photo as a data URI, its category."""

    photo: str
    category: str


def read_items(data_dir: str) -> dict[str, CatalogueItem]:
    """Returns the items of a prepared data set, by id."""
    items = {}
    for batch in paths.read_records(paths.items(data_dir)):
        parsed = {
            key: value.numpy() for key, value in parse_items(batch).items()
        }
        for item_id, image, category in zip(
            parsed[feature_keys.ITEM_ID],
            parsed[feature_keys.IMAGE],
            parsed[feature_keys.CATEGORY],
            strict=True,
        ):
            items[item_id.decode()] = CatalogueItem(
                data_uri("jpeg", image), category.decode()
            )
    return items


def read_users(data_dir: str) -> dict[str, list[str]]:
    """Returns the training items of each user of a prepared data set."""
    users = {}
    for batch in paths.read_records(paths.users(data_dir)):
        parsed = parse_users(batch)
        for user_id, item_ids in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_IDS].to_list(),
            strict=True,
        ):
            users[user_id.decode()] = [one.decode() for one in item_ids]
    return users


def read_validation(data_dir: str) -> dict[str, list[str]]:
    """Returns the validation items of the users who have some."""
    found: dict[str, list[str]] = {}
    for batch in paths.read_records(paths.triples(data_dir, "validation")):
        parsed = parse_interactions(batch)
        for user_id, item_id in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_ID].numpy(),
            strict=True,
        ):
            found.setdefault(user_id.decode(), []).append(item_id.decode())
    return found


def data_uri(kind: str, data: bytes) -> str:
    """Returns an image as text that stands in the page itself.

    Args:
        kind: What follows `image/` in its media type.
        data: The encoded image.
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
