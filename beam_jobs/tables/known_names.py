"""Usual names of columns in exports, by the flag of `prepare` that names them.

Names are compared in the form of `normalized`. The order is that of preference.
Sources: the exports of Shopify and WooCommerce, the feed of Google Merchant
Center, the events of Google Analytics 4 in BigQuery, and usual names of tables.
"""

import difflib
import re
from collections.abc import Collection

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "user_column": (
        *("user_id", "customer_id", "client_id", "visitor_id", "member_id"),
        *("user", "customer", "client", "buyer", "member", "account_id"),
        *(
            "user_pseudo_id",
            "full_visitor_id",
            "customer_number",
            "customer_no",
        ),
        *("email", "email_billing", "customer_email", "billing_email"),
        *("user_email", "email_address", "e_mail", "username"),
        *("customer_user_id", "kunde", "kundennummer", "kunden_id", "owner"),
        *("kundennr", "kunden_nr", "kunden_nummer"),
    ),
    "item_column": (
        *("item_id", "product_id", "article_id", "sku", "variant_sku"),
        *("lineitem_sku", "product_sku", "item_sku", "variant_id", "asin"),
        *("items_item_id", "items_id", "item", "product", "article", "id"),
        *("product_number", "product_no", "article_number", "article_no"),
        *("item_number", "item_no", "artikel", "artikelnummer", "artikel_id"),
        *("artikelnr", "artikel_nr", "art_nr", "handle"),
    ),
    "time_column": (
        *("event_timestamp", "timestamp", "time", "created_at", "order_date"),
        *("purchased_at", "bought_at", "ordered_at", "paid_at", "date"),
        *("event_time", "datetime", "purchase_date", "order_time", "t_dat"),
        *("date_created", "event_date", "day", "bestelldatum", "datum"),
        *("kaufdatum", "zeit"),
    ),
    "type_column": (
        *("event_name", "event_type", "event", "action", "interaction_type"),
        *("financial_status", "order_status", "status"),
    ),
    "weight_column": (
        *("weight", "rating", "stars", "score", "strength", "overall"),
    ),
    "quantity_column": (
        *("quantity", "qty", "lineitem_quantity", "items_quantity", "pieces"),
        *("quantity_refund", "units", "menge", "anzahl"),
    ),
    "order_column": (
        *("order_id", "order_number", "order", "name", "transaction_id"),
        *("ecommerce_transaction_id", "order_no", "bestellnummer"),
        *("bestellnr", "bestell_nr", "auftragsnummer"),
    ),
    "title_column": (
        *("title", "name", "product_name", "product_title", "item_name"),
        *("items_item_name", "prod_name", "bezeichnung", "titel"),
        *("artikelbezeichnung", "artikelname", "produktname"),
    ),
    "description_column": (
        *("description", "body_html", "body", "long_description"),
        *("short_description", "detail_desc", "text", "beschreibung"),
    ),
    "category_column": (
        *("category", "product_type", "type", "categories", "label", "kind"),
        *("product_category", "item_category", "items_item_category"),
        *("google_product_category", "product_group_name", "department"),
        *("kategorie", "warengruppe", "produktgruppe"),
    ),
    "price_column": (
        *("price", "variant_price", "regular_price", "unit_price"),
        *("item_price", "items_price", "list_price", "preis", "vk_preis"),
        *("verkaufspreis", "einzelpreis"),
    ),
    "url_column": (
        *("url", "link", "product_url", "permalink", "page_url"),
        *("external_url", "product_link"),
    ),
    "group_column": (
        *("item_group_id", "group_id", "handle", "url_handle", "parent"),
        *(
            "parent_id",
            "parent_sku",
            "product_code",
            "style_id",
            "model_id",
            "group",
        ),
    ),
    "attribute_columns": (
        *("brand", "vendor", "color", "colour", "material", "pattern"),
        *("gender", "season", "style", "fit", "size", "farbe", "marke"),
        *("brands", "google_shopping_color", "google_shopping_gender"),
        *("item_brand", "items_item_brand", "items_item_variant"),
        *("option1_value", "option2_value", "attribute_1_value_s"),
    ),
    "photo_column": (
        *("photo", "image_src", "image", "images", "image_link", "image_url"),
        *("product_image_url", "picture", "photo_url", "image_path", "path"),
        *("file", "filename", "img", "bild", "bilder", "foto", "fotos"),
        *("image_file", "bilddatei"),
    ),
    "variant_photo_column": ("variant_image", "variant_image_url"),
    "mask_column": ("mask",),
}
"""Normalized names by flag, without the dashes."""

_CUTOFF = 0.75


def normalized(name: str) -> str:
    """Returns a column's name in lower case, words joined by `_`.

    Example:
        normalized("Email (Billing)")  # "email_billing"
    """
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\W_]+", "_", snake.lower()).strip("_")


def rank_of(name: str, flag: str) -> int | None:
    """Returns the rank of a column's name for a flag, from 0; None if unknown.

    Args:
        name: Name of the column.
        flag: Key of `KNOWN_NAMES`.
    """
    known = KNOWN_NAMES[flag]
    return known.index(normalized(name)) if normalized(name) in known else None


def similar_column(
    name: str, flag: str, columns: Collection[str]
) -> str | None:
    """Returns the column that a wrong name may mean, None if none is similar.

    Args:
        name: Name that does not exist.
        flag: Flag that gives it, such as `--user_column`; others than those
            of a single column have no similar column.
        columns: Names that exist.
    """
    known = KNOWN_NAMES.get(re.sub("^--(items_|photos_)?", "", flag))
    if known is None or flag == "--attribute_columns":
        return None
    by_form = {normalized(column): column for column in reversed([*columns])}
    close = difflib.get_close_matches(
        normalized(name), by_form, n=1, cutoff=_CUTOFF
    )
    if close:
        return by_form[close[0]]
    return next((by_form[one] for one in known if one in by_form), None)
