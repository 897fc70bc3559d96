"""Serving signatures of the exported models, declared once.

`export` traces the methods of the servables and fills golden requests from this
table, the clients encode their arguments from it, and tests compare the
documentation with it. A new signature takes an entry here and the method of the
servable. Plain Python, because the clients install without TensorFlow.
"""

import dataclasses
import math
from typing import Literal

RECOMMENDER = "recommender"
DESIGNER = "designer"


@dataclasses.dataclass(frozen=True)
class Tensor:
    """Input or output of a signature.

    Attributes:
        name: Name of the tensor.
        dtype: TensorFlow dtype; text is UTF-8.
        help: Meaning of the values, a noun phrase.
        shape: Names of the dimensions.
        argument: Name of the argument of the clients; `name` if empty.
        bounds: Minimum and maximum of the values; of an input with numbers.
        optional: Whether a text may be "", for none.
        newer: Whether older versions of a model lack the input; the studio then
            sends none.
    """

    name: str
    dtype: Literal["string", "float32", "int64", "bool"]
    help: str
    shape: tuple[str, ...] = ("batch",)
    argument: str = ""
    bounds: tuple[float, float] | None = None
    optional: bool = False
    newer: bool = False


@dataclasses.dataclass(frozen=True)
class Signature:
    """Serving signature.

    Attributes:
        name: Name of the signature in the SavedModel.
        help: Summary.
        inputs: Inputs, one row of each per row of the outputs.
        outputs: Outputs, by order of importance.
        method: Name of the method of the servable; `name` if empty.
    """

    name: str
    help: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    method: str = ""


_LIST = ("batch", "n")
_TOP = ("batch", "k")
_VECTOR = ("batch", "dim")

USER_ID = Tensor(
    "user_id",
    "string",
    "user id; an unknown user counts as the average user",
    argument="user_ids",
)
OWNER_ID = Tensor(
    "user_id",
    "string",
    "user id; an unknown user has no items",
    argument="user_ids",
)
ITEM_ID = Tensor("item_id", "string", "item id", argument="item_ids")
LIKED_IDS = Tensor(
    "liked_ids",
    "string",
    'ids of liked items, the latest last, padded with ""; unknown ids are '
    "ignored",
    _LIST,
)
SEARCHER = Tensor(
    "user_id",
    "string",
    'id of the user whose taste orders the matches, "" for nobody; an unknown '
    "user is nobody",
    argument="user_ids",
    optional=True,
)
WORDS = Tensor(
    "text",
    "string",
    'words that describe items, such as "linen dress, blue"',
    argument="texts",
    optional=True,
)
EXCLUDE_IDS = Tensor(
    "exclude_ids",
    "string",
    'ids of excluded items, padded with ""',
    _LIST,
)
FILTERS = Tensor(
    "filters",
    "string",
    'requested attributes as "name=value", padded with ""; values of one name '
    'are alternatives, different names must all hold; "category" is a name too',
    _LIST,
)
MIN_PRICE = Tensor(
    "min_price",
    "float32",
    "minimum price; 0 stands for no bound",
    bounds=(0, math.inf),
)
MAX_PRICE = Tensor(
    "max_price",
    "float32",
    "maximum price; the largest float32 and infinity stand for no bound; an "
    "item without a price is listed only without bounds",
    bounds=(0, math.inf),
)
NO_MAX_PRICE = 3.4028234663852886e38
"""The largest float32, which JSON can express other than infinity."""
COLLAPSE_VARIANTS = Tensor(
    "collapse_variants",
    "bool",
    "whether a list has at most one of the variants of a product, and none of "
    "a product that the user has",
)
CATEGORIES = Tensor(
    "categories",
    "string",
    'requested categories, padded with ""; none stands for all',
    _LIST,
)
CATEGORY = Tensor(
    "category", "string", "category of the design", argument="categories"
)
_NARROWING = (CATEGORIES, EXCLUDE_IDS, FILTERS, MIN_PRICE, MAX_PRICE)
INCLUDE_OWNED = Tensor(
    "include_owned",
    "bool",
    "whether items that the user owns may be listed",
)
DIVERSITY = Tensor(
    "diversity",
    "float32",
    "weight of dissimilar images in the order of the list (MMR); 0 orders by "
    "score",
    bounds=(0, 1),
)
IMAGE = Tensor("image_bytes", "string", "JPEG or PNG file", argument="images")
SEED = Tensor(
    "seed",
    "int64",
    "random seed; equal seeds give equal images",
    argument="seeds",
    bounds=(-(2**63), 2**63 - 1),
)
NUM_RANKS = 8
RANK = Tensor(
    "seed",
    "int64",
    f"rank of the design by preference and boldness, 0 for the best, modulo "
    f"{NUM_RANKS} or the number of designs of the category",
    argument="seeds",
    bounds=SEED.bounds,
)
BOLDNESS = Tensor(
    "boldness",
    "float32",
    "weight of novelty, the distance to the nearest item of the category, in "
    "the order of the designs; 0 orders by preference",
    bounds=(0, 1),
    newer=True,
)
STRENGTH = Tensor(
    "strength",
    "float32",
    "fraction of the path from the design nearest to the image to the optimum",
    argument="strengths",
    bounds=(0, 1),
)
RECOLOR_CLOTH = Tensor(
    "cloth_item_id",
    "string",
    "item whose cloth the garment gets, one of the `cloths` of the designer; "
    '"" for the cloth that the user likes most',
    argument="cloth_item_ids",
    optional=True,
)
RECOLOR_STRENGTH = Tensor(
    "strength",
    "float32",
    "0 for the photo as it is; up to 0.5 the color moves to that of the cloth, "
    "from there to 1 its pattern appears",
    argument="strengths",
    bounds=(0, 1),
)
ITEM_IDS = Tensor(
    "item_ids",
    "string",
    'item ids, best first; "" where fewer than k items are left',
    _TOP,
)
MAX_HISTORY = 50
HISTORY = Tensor(
    "item_ids",
    "string",
    f"up to {MAX_HISTORY} items that the user owns, latest first where the "
    'data have times, else in the order of the catalog, padded with ""',
    ("batch", str(MAX_HISTORY)),
)
SCORES = Tensor(
    "scores",
    "float32",
    'scores of the items; the lowest float32 where the id is ""',
    _TOP,
)
BECAUSE_ITEM_IDS = Tensor(
    "because_item_ids",
    "string",
    "of each item of the list, the owned or liked item that adds most to its "
    'score; "" if there is none',
    _TOP,
)
BECAUSE_SHARES = Tensor(
    "because_shares",
    "float32",
    "fraction of what all owned or liked items add to the score that this one "
    "adds; 0 if there is none",
    _TOP,
)
SCORE = Tensor("scores", "float32", "score of the image, by content alone")
TITLE = Tensor("title", "string", 'title of the item, "" if it has none')
DESCRIPTION = Tensor(
    "description", "string", 'description of the item, "" if it has none'
)
ITEM_CATEGORY = Tensor(
    "category", "string", 'category of the item, "" if it has none'
)
NO_PRICE = -1.0
PRICE = Tensor(
    "price",
    "float32",
    f"price of the item, {NO_PRICE:g} if it is unknown",
)
URL = Tensor("url", "string", 'link to the page of the item, "" if it has none')
GROUP_ID = Tensor(
    "group_id",
    "string",
    'id that the variants of a product share, "" if the item has none',
)
ATTRIBUTES = Tensor(
    "attributes",
    "string",
    'attributes of the item as "name=value", padded with ""',
    _LIST,
)
KNOWN_USER = Tensor("known_user", "bool", "whether the user is known")
KNOWN_ITEM = Tensor("known_item", "bool", "whether the item is known")
KNOWN_TEXT = Tensor(
    "known_text",
    "bool",
    "whether a word of the text or a liked item is known",
)
EMBEDDINGS = Tensor(
    "embeddings",
    "float32",
    "embedding; the inner product of a user's and an image's is its score",
    _VECTOR,
)
PNG = Tensor("image_bytes", "string", "resulting image, a PNG file")
REALISM = Tensor(
    "realism",
    "float32",
    "discriminator score, 1 for a real and 0 for a generated image",
)
PREFERENCE = Tensor("preference", "float32", "recommender score of the image")
NEAREST = Tensor(
    "nearest_item_ids",
    "string",
    "items of the exported catalog with the most similar embeddings, available "
    "or not, those of the category first",
    _LIST,
)
CUT_ITEM_ID = Tensor(
    "cut_item_id",
    "string",
    'item that the design has its cut from, "" for a drawn cut',
)
CLOTH_ITEM_ID = Tensor(
    "cloth_item_id", "string", "item that the design has its cloth from"
)
COLOR = Tensor("color", "string", "main color of the cloth, #rrggbb")
COLOR_NAME = Tensor("color_name", "string", "name of the main color")
PREFERENCE_INPUT = Tensor(
    "preference_input", "float32", "score of the input image"
)
PREFERENCE_BEFORE = Tensor(
    "preference_before", "float32", "score of the design nearest to it"
)
PREFERENCE_GARMENT = Tensor(
    "preference_before", "float32", "score of the garment of the photo"
)
PREFERENCE_AFTER = Tensor(
    "preference_after", "float32", "score of the resulting image"
)
ERROR = Tensor(
    "error",
    "string",
    'reason why the row is rejected, "" if it is not; the other outputs of a '
    "rejected row mean nothing",
)

_RANKING = (
    ITEM_IDS,
    SCORES,
    KNOWN_USER,
    BECAUSE_ITEM_IDS,
    BECAUSE_SHARES,
)
_RECOMMENDER = (
    Signature(
        "serving_default",
        "Recommends the top-k available items that users do not have yet.",
        (USER_ID,),
        _RANKING,
        method="recommend",
    ),
    Signature(
        "recommend_excluding",
        "Recommends as `serving_default` does, except excluded items.",
        (USER_ID, EXCLUDE_IDS),
        _RANKING,
    ),
    Signature(
        "recommend_filtered",
        "Recommends the top-k available items that a request asks for.",
        (
            USER_ID,
            CATEGORIES,
            EXCLUDE_IDS,
            FILTERS,
            MIN_PRICE,
            MAX_PRICE,
            INCLUDE_OWNED,
            DIVERSITY,
            COLLAPSE_VARIANTS,
        ),
        (*_RANKING, ERROR),
    ),
    Signature(
        "recommend_for_items",
        "Recommends items to cold-start users by fold-in of liked items; "
        "`known_user` tells whether one of them is known.",
        (LIKED_IDS,),
        _RANKING,
    ),
    Signature(
        "recommend_for_items_filtered",
        "Recommends, as `recommend_for_items` does, items that a request asks "
        "for.",
        (LIKED_IDS, *_NARROWING),
        (*_RANKING, ERROR),
    ),
    Signature(
        "recommend_for_text",
        "Finds the available items that words describe, or that are like liked "
        "items but as the words say, in the order of a user's taste; of models "
        "that read attributes or text.",
        (
            *(SEARCHER, WORDS, LIKED_IDS),
            *(dataclasses.replace(tensor, newer=True) for tensor in _NARROWING),
        ),
        (ITEM_IDS, SCORES, KNOWN_USER, KNOWN_TEXT, ERROR),
    ),
    Signature(
        "similar_items",
        "Finds the items with the most similar image embeddings, by cosine.",
        (ITEM_ID,),
        (ITEM_IDS, SCORES, KNOWN_ITEM),
    ),
    Signature(
        "similar_to_image",
        "Finds the available items whose image embeddings are most similar to "
        "that of a photo, by cosine.",
        (IMAGE,),
        (ITEM_IDS, SCORES, ERROR),
    ),
    Signature(
        "goes_with",
        "Finds the items of other categories that go with an item: that the "
        "same users have (EASE weights), or that look alike (cosine).",
        (ITEM_ID,),
        (ITEM_IDS, SCORES, KNOWN_ITEM),
    ),
    Signature(
        "item_info",
        "Looks up what the catalog says about items.",
        (ITEM_ID,),
        (
            TITLE,
            DESCRIPTION,
            ITEM_CATEGORY,
            PRICE,
            URL,
            GROUP_ID,
            ATTRIBUTES,
            KNOWN_ITEM,
        ),
    ),
    Signature(
        "user_history",
        "Looks up the items that users own.",
        (OWNER_ID,),
        (HISTORY, KNOWN_USER),
    ),
    Signature(
        "score_images",
        "Scores images outside the catalog for users.",
        (USER_ID, IMAGE),
        (SCORE, ERROR),
    ),
    Signature(
        "embed_images",
        "Computes the embeddings of images.",
        (IMAGE,),
        (EMBEDDINGS, ERROR),
    ),
    Signature(
        "embed_users",
        "Looks up the embeddings of users.",
        (USER_ID,),
        (EMBEDDINGS,),
    ),
)
_DESIGNER = (
    Signature(
        "serving_default",
        "Generates random images of a category.",
        (CATEGORY, SEED),
        (PNG, REALISM, ERROR),
        method="generate",
    ),
    Signature(
        "design",
        "Generates the images with the highest preference scores of users.",
        (USER_ID, CATEGORY, SEED),
        (PNG, PREFERENCE, REALISM, NEAREST, KNOWN_USER, ERROR),
    ),
    Signature(
        "restyle",
        "Edits images towards the preferences of users.",
        (USER_ID, IMAGE, CATEGORY, STRENGTH),
        (
            PNG,
            PREFERENCE_INPUT,
            PREFERENCE_BEFORE,
            PREFERENCE_AFTER,
            KNOWN_USER,
            ERROR,
        ),
    ),
    Signature(
        "compose",
        "Looks up the ready-made composed designs with the highest preference "
        "scores of users, or, by boldness, those unlike any item.",
        (USER_ID, CATEGORY, RANK, BOLDNESS),
        (
            PNG,
            PREFERENCE,
            CUT_ITEM_ID,
            CLOTH_ITEM_ID,
            COLOR,
            COLOR_NAME,
            NEAREST,
            KNOWN_USER,
            ERROR,
        ),
    ),
    Signature(
        "recolor",
        "Puts the garment of a photo into the color or cloth of an item; its "
        "shading, seams and trims stay.",
        (USER_ID, IMAGE, RECOLOR_CLOTH, RECOLOR_STRENGTH),
        (
            PNG,
            PREFERENCE_GARMENT,
            PREFERENCE_AFTER,
            CLOTH_ITEM_ID,
            COLOR,
            COLOR_NAME,
            KNOWN_USER,
            ERROR,
        ),
    ),
)

SIGNATURES = {
    model: {one.name: one for one in signatures}
    for model, signatures in (
        (RECOMMENDER, _RECOMMENDER),
        (DESIGNER, _DESIGNER),
    )
}
"""Signatures by model and name, {model: {name: Signature}}."""
