"""Items, users and interactions of the report, from a prepared data set."""

from atelier.html.pages import data_uri
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_item
from atelier.schema.records import read_records
from atelier.schema.triple import parse_interactions
from atelier.schema.user import parse_users
from serving.report.catalog_item import CatalogItem


def read_items(data_dir: str) -> dict[str, CatalogItem]:
    """Reads the items of a prepared data set, by item id."""
    items = (
        parse_item(record)
        for batch in read_records(paths.items(data_dir))
        for record in batch.numpy()
    )
    return {
        item.item_id: CatalogItem(
            data_uri(item.image), item.category, item.title
        )
        for item in items
    }


def read_users(data_dir: str) -> dict[str, list[str]]:
    """Reads the item ids of each user's training interactions, by user id."""
    users = {}
    for batch in read_records(paths.users(data_dir)):
        parsed = parse_users(batch)
        for user_id, item_ids in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_IDS].to_list(),
            strict=True,
        ):
            users[user_id.decode()] = [item_id.decode() for item_id in item_ids]
    return users


def read_validation(data_dir: str) -> dict[str, list[str]]:
    """Reads the item ids of each user's validation interactions, by user id."""
    validation: dict[str, list[str]] = {}
    for batch in read_records(paths.triples(data_dir, "validation")):
        parsed = parse_interactions(batch)
        for user_id, item_id in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_ID].numpy(),
            strict=True,
        ):
            items = validation.setdefault(user_id.decode(), [])
            items.append(item_id.decode())
    return validation
