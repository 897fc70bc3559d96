"""A small real recommender on disk, and a local server that serves it."""

import functools
import io
import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import NO_MAX_PRICE
from atelier.schema.signatures import RECOMMENDER
from export.servables.signatures import trace_signatures
from serving.local_server.server import ModelServer

ITEMS = ["shirt,1", "шапка", "帽子", "robe", "jean", "sock"]
CATEGORIES = ["top", "hat", "hat", "top", "legs", "legs"]
TITLES = ["", "Wool cap", "", "", "", ""]
PRICES = [10, 19.99, -1, 40, 50, 60]
USERS = ["ann", "bob", "cyd"]
OWNED = ["", "", "帽子"]
ITEM_VECTORS = np.array(
    [
        [1, 0, 0, 0.1],
        [0, 1, 0, 0.2],
        [0, 0, 1, 0.3],
        [1, 1, 0, 0.4],
        [0, 1, 1, 0.5],
        [1, 0, 1, 0.6],
    ],
    np.float32,
)
USER_VECTORS = np.array([[3, 1, 0, 0], [0, 2, 1, 0], [1, 0, 4, 0]], np.float32)
TOP = 4


class TinyRecommender(tf.Module):
    """Every signature of the recommender over six items and three users."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.items = tf.Variable(ITEM_VECTORS * scale)
        self.users = tf.Variable(USER_VECTORS)
        self.item_ids = tf.constant(ITEMS)
        self.item_rows = self._rows(ITEMS)
        self.user_rows = self._rows(USERS)

    @staticmethod
    def _rows(ids: list[str]) -> tf.lookup.StaticHashTable:
        rows = tf.range(len(ids), dtype=tf.int64)
        return tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(ids), rows), -1
        )

    def _user_vectors(self, user_id):
        rows = self.user_rows.lookup(user_id)
        known = rows >= 0
        mean = tf.reduce_mean(self.users, axis=0)
        vectors = tf.gather(self.users, tf.maximum(rows, 0))
        return tf.where(known[:, None], vectors, mean), known

    def _rank(self, vectors, known, excluded, known_name="known_user"):
        scores = tf.matmul(vectors, self.items, transpose_b=True)
        hidden = tf.reduce_any(
            excluded[:, None, :] == self.item_ids[None, :, None], axis=2
        )
        top = tf.math.top_k(tf.where(hidden, -np.inf, scores), TOP)
        ids = tf.gather(self.item_ids, top.indices)
        return {
            "item_ids": tf.where(tf.math.is_inf(top.values), "", ids),
            "scores": top.values,
            known_name: known,
        }

    def _recommend(self, user_id, owned, excluded):
        """The one item that a user has is the whole reason for everything."""
        excluded = tf.concat([owned[:, None], excluded], axis=1)
        ranked = self._rank(*self._user_vectors(user_id), excluded)
        return {**ranked, **self._reasons(self._owned(user_id))}

    def _owned(self, user_id):
        owned = tf.constant([*OWNED, ""])
        return tf.gather(owned, self.user_rows.lookup(user_id) % 4)

    def _latest(self, liked_ids):
        """Skips the padding, which a batch may add on either side."""
        places = tf.range(tf.shape(liked_ids)[1])
        latest = tf.reduce_max(tf.where(liked_ids != "", places, 0), axis=1)
        return tf.gather(liked_ids, latest, batch_dims=1)

    def _reasons(self, item_id):
        because = tf.repeat(item_id[:, None], TOP, axis=1)
        return {
            "because_item_ids": because,
            "because_shares": tf.cast(because != "", tf.float32),
        }

    def _image_vectors(self, image_bytes):
        def mean_colour(one):
            pixels = tf.io.decode_image(
                one, channels=3, expand_animations=False
            )
            colour = tf.reduce_mean(tf.cast(pixels, tf.float32), axis=[0, 1])
            return tf.concat([colour / 255.0, [0.0]], axis=0)

        return tf.map_fn(
            mean_colour, image_bytes, fn_output_signature=tf.float32
        )

    def recommend(self, user_id):
        nothing = tf.fill([tf.size(user_id), 1], "")
        return self._recommend(user_id, self._owned(user_id), nothing)

    def recommend_excluding(self, user_id, exclude_ids):
        return self._recommend(user_id, self._owned(user_id), exclude_ids)

    def recommend_filtered(
        self,
        user_id,
        categories,
        exclude_ids,
        filters,
        min_price,
        max_price,
        include_owned,
        diversity,
        collapse_variants,
    ):
        """The only filters are categories; the hats are variants of one."""
        named = tf.strings.regex_replace(filters, "^category=", "")
        categories = tf.concat([categories, named], axis=1)
        wanted = tf.reduce_any(
            categories[:, None, :] == tf.constant(CATEGORIES)[None, :, None],
            axis=2,
        )
        everything = tf.reduce_all(categories == "", axis=1, keepdims=True)
        prices = tf.constant(PRICES, tf.float32)
        low, high = min_price[:, None], max_price[:, None]
        affordable = (prices >= low) & (prices <= high)
        affordable |= (low <= 0) & (high >= NO_MAX_PRICE)
        second_hat = collapse_variants[:, None] & (self.item_ids == "帽子")
        wanted = (wanted | everything) & affordable & ~second_hat
        others = tf.where(wanted, "", self.item_ids)
        excluded = tf.concat([exclude_ids, others], axis=1)
        owned = tf.where(include_owned, "", self._owned(user_id))
        ranked = self._recommend(user_id, owned, excluded)
        # A list that is turned round is diverse enough.
        for name in ("item_ids", "scores"):
            turned = tf.reverse(ranked[name], [1])
            ranked[name] = tf.where(
                diversity[:, None] > 0, turned, ranked[name]
            )
        return {**ranked, "error": tf.zeros_like(user_id)}

    def recommend_for_items(self, liked_ids):
        return self._recommend_for_items(liked_ids, liked_ids)

    def _recommend_for_items(self, liked_ids, excluded):
        rows = self.item_rows.lookup(liked_ids)
        weights = tf.cast(rows >= 0, tf.float32)[:, :, None]
        vectors = tf.gather(self.items, tf.maximum(rows, 0)) * weights
        known = tf.reduce_any(rows >= 0, axis=1)
        ranked = self._rank(tf.reduce_sum(vectors, axis=1), known, excluded)
        return {**ranked, **self._reasons(self._latest(liked_ids))}

    def recommend_for_items_filtered(
        self, liked_ids, categories, exclude_ids, filters, min_price, max_price
    ):
        """Prices and filters do not count."""
        matches = categories[:, :, None] == tf.constant(CATEGORIES)
        requested = tf.reduce_any(matches, axis=1)
        requested |= tf.reduce_all(categories == "", axis=1, keepdims=True)
        others = tf.where(requested, "", self.item_ids)
        excluded = tf.concat([liked_ids, exclude_ids, others], axis=1)
        ranked = self._recommend_for_items(liked_ids, excluded)
        wrong = tf.reduce_any(categories == "kite", axis=1)
        error = tf.where(wrong, "There is no category kite.", "")
        return {**ranked, "error": error}

    def recommend_for_text(
        self,
        user_id,
        text,
        liked_ids,
        categories,
        exclude_ids,
        filters,
        min_price,
        max_price,
    ):
        """The text is a category; prices and filters do not count."""
        matches = text[:, None] == tf.constant(CATEGORIES)[None, :]
        others = tf.where(matches, "", self.item_ids)
        excluded = tf.concat([liked_ids, exclude_ids, others], axis=1)
        ranked = self._rank(*self._user_vectors(user_id), excluded)
        wrong = tf.reduce_any(categories == "kite", axis=1)
        error = tf.where(wrong, "There is no category kite.", "")
        known_text = tf.reduce_any(matches, axis=1)
        return {**ranked, "known_text": known_text, "error": error}

    def embed_users(self, user_id):
        return {"embeddings": self._user_vectors(user_id)[0]}

    def similar_items(self, item_id):
        rows = self.item_rows.lookup(item_id)
        vectors = tf.gather(self.items, tf.maximum(rows, 0))
        return self._rank(vectors, rows >= 0, item_id[:, None], "known_item")

    def similar_to_image(self, image_bytes):
        """A photo whose bytes are no image is rejected."""
        is_png = tf.strings.substr(image_bytes, 1, 3) == "PNG"
        blank = tf.io.encode_png(tf.zeros([1, 1, 3], tf.uint8))
        vectors = self._image_vectors(tf.where(is_png, image_bytes, blank))
        nothing = tf.fill([tf.size(image_bytes), 1], "")
        ranked = self._rank(vectors, is_png, nothing)
        del ranked["known_user"]
        error = "The bytes that were sent are neither JPEG nor PNG."
        return {**ranked, "error": tf.where(is_png, "", error)}

    def user_history(self, user_id):
        owned = self._owned(user_id)
        padding = tf.zeros_like(owned)
        return {
            "item_ids": tf.stack([owned, padding], axis=1),
            "known_user": self.user_rows.lookup(user_id) >= 0,
        }

    def item_info(self, item_id):
        rows = self.item_rows.lookup(item_id)
        known, rows = rows >= 0, tf.maximum(rows, 0)

        def texts(values):
            return tf.where(known, tf.gather(tf.constant(values), rows), "")

        category = texts(CATEGORIES)
        color = tf.where(category == "hat", "color=red = bright", "")
        return {
            "title": texts(TITLES),
            "description": tf.zeros_like(item_id),
            "category": category,
            "price": tf.gather(tf.constant(PRICES, tf.float32), rows),
            "url": tf.zeros_like(item_id),
            "group_id": tf.zeros_like(item_id),
            "attributes": tf.stack([color, tf.zeros_like(color)], axis=1),
            "known_item": known,
        }

    def goes_with(self, item_id):
        categories = tf.gather(
            tf.constant([*CATEGORIES, ""]), self.item_rows.lookup(item_id) % 7
        )
        same = categories[:, None] == tf.constant(CATEGORIES)
        excluded = tf.where(same, self.item_ids, "")
        rows = self.item_rows.lookup(item_id)
        vectors = tf.gather(self.items, tf.maximum(rows, 0))
        return self._rank(vectors, rows >= 0, excluded, "known_item")

    def score_images(self, user_id, image_bytes):
        vectors = self._user_vectors(user_id)[0]
        images = self._image_vectors(image_bytes)
        return {
            "scores": tf.reduce_sum(vectors * images, axis=1),
            "error": tf.zeros_like(user_id),
        }

    def embed_images(self, image_bytes):
        return {
            "embeddings": self._image_vectors(image_bytes),
            "error": tf.zeros_like(image_bytes),
        }


class TinyDesigner(tf.Module):
    """Every signature of the designer; each picture is of one colour.

    Its red is the seed, or the strength in hundredths.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unused = tf.Variable(0.0)

    @staticmethod
    def _pictures(red):
        def picture(one):
            pixels = tf.fill([4, 4, 1], tf.cast(one, tf.uint8))
            return tf.io.encode_png(tf.repeat(pixels, 3, axis=2))

        return tf.map_fn(picture, red, fn_output_signature=tf.string)

    def generate(self, category, seed):
        unknown = tf.strings.join(
            ["There is no category ", category, "; the designer has hat."]
        )
        return {
            "image_bytes": self._pictures(seed),
            "realism": tf.cast(seed, tf.float32) / 10.0,
            "error": tf.where(category == "hat", "", unknown),
        }

    def design(self, user_id, category, seed):
        nearest = tf.stack([user_id, category], axis=1)
        return {
            **self.generate(category, seed),
            "preference": tf.cast(seed, tf.float32),
            "nearest_item_ids": nearest,
            "known_user": user_id == "ann",
        }

    def restyle(self, user_id, image_bytes, category, strength):
        return {
            "image_bytes": self._pictures(strength * 100),
            "preference_input": tf.zeros_like(strength) - 1.0,
            "preference_before": tf.zeros_like(strength),
            "preference_after": strength,
            "known_user": user_id == "ann",
            "error": tf.zeros_like(user_id),
        }

    def compose(self, user_id, category, seed, boldness):
        designs = self.design(user_id, category, seed)
        del designs["realism"]
        designs["preference"] -= boldness
        return {
            **designs,
            "cut_item_id": user_id,
            "cloth_item_id": category,
            "color": tf.fill(tf.shape(user_id), "#0000ff"),
            "color_name": tf.fill(tf.shape(user_id), "blue"),
        }

    def recolor(self, user_id, image_bytes, cloth_item_id, strength):
        return {
            "image_bytes": self._pictures(strength * 100),
            "preference_before": tf.zeros_like(strength),
            "preference_after": strength,
            "cloth_item_id": cloth_item_id,
            "color": tf.fill(tf.shape(user_id), "#0000ff"),
            "color_name": tf.fill(tf.shape(user_id), "blue"),
            "known_user": user_id == "ann",
            "error": tf.zeros_like(user_id),
        }


def save(module: tf.Module, model: str, path: Path) -> None:
    """Saves a module with the signatures of a model."""
    signatures = trace_signatures(module, model)
    tf.saved_model.save(module, str(path), signatures=signatures)


@pytest.fixture(scope="session")
def memory_mb() -> Callable[[], float]:
    """Returns memory_mb(): what this process holds."""

    def memory() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    return memory


Publish = Callable[..., Path]


@pytest.fixture(scope="session")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Returns publish(base_path, version, scale): copy, then rename."""
    saved = tmp_path_factory.mktemp("saved")
    for scale in (1, 10):
        save(TinyRecommender(scale), RECOMMENDER, saved / str(scale))
    return lambda base_path, version, scale=1: copy_version(
        saved / str(scale), base_path, version
    )


@pytest.fixture(scope="session")
def publish_lean(tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Returns publish_lean(base_path, version): `serving_default` alone.

    It loads in a fraction of the time.
    """
    saved = tmp_path_factory.mktemp("saved_lean")
    recommender = TinyRecommender(1)
    user_id = tf.TensorSpec([None], tf.string, "user_id")
    recommend = tf.function(recommender.recommend, input_signature=[user_id])
    tf.saved_model.save(recommender, str(saved), signatures=recommend)
    return functools.partial(copy_version, saved)


def copy_version(saved: Path, base_path: Path, version: int) -> Path:
    """Copies a saved model to a version, which is renamed last."""
    partial = base_path / f"tmp-{version}"
    shutil.copytree(saved, partial)
    return partial.rename(base_path / str(version))


@pytest.fixture(scope="session")
def server(
    publish: Publish, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelServer]:
    """Version 7 of `recommender` and version 3 of `designer`, on free ports."""
    models = tmp_path_factory.mktemp("models")
    publish(models / "recommender", 7)
    save(TinyDesigner(), DESIGNER, models / "designer" / "3")
    base_paths = {name: models / name for name in ("recommender", "designer")}
    with ModelServer(base_paths, rest_port=0) as running:
        yield running


@pytest.fixture(scope="session")
def red_png() -> bytes:
    """A red square, whose embedding is [1, 0, 0, 0]."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(file, "PNG")
    return file.getvalue()
