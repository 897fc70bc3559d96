"""Names of the features in every record."""

USER_ID = "user_id"
ITEM_ID = "item_id"
ITEM_IDS = "item_ids"
IMAGE = "image"
CATEGORY = "category"
