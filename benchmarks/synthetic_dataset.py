"""Synthetic data sets of any size: images, catalog and interactions."""

import contextlib
import csv
import io
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
from PIL import Image

from atelier.schema import paths
from atelier.schema.manifest import IMAGES
from atelier.schema.manifest import Manifest
from atelier.schema.vocabulary import vocabulary_lines

_JPEGS, _USERS, _SHARDS = 64, 1000, 8
_PER_USER = {"train": 40, "validation": 1, "test": 1}
_COLORS = ("black", "white", "red", "blue", "green", "gray", "pink")
_CATEGORIES = (
    *("dress", "shirt", "coat", "skirt", "jeans", "shoe", "bag", "hat"),
    *("scarf", "sock", "belt"),
)
PHOTO_SIDE = 256
"""Side of the images in pixels; the larger photos of real shops take longer to
decode."""


def make_photos(folder: pathlib.Path, num_images: int, seed: int = 0) -> None:
    """Writes images of `PHOTO_SIDE` pixels, 20 KB each, and `items.csv`.

    Args:
        folder: Output folder.
        num_images: Number of images and items.
        seed: Random seed of the images.
    """
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    for index, jpeg in enumerate(made_photos(num_images, PHOTO_SIDE, seed)):
        (folder / "photos" / f"{index}.jpg").write_bytes(jpeg)
    with open(folder / "items.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "photo"])
        writer.writerows(
            (f"item {index}", f"photos/{index}.jpg")
            for index in range(num_images)
        )


def made_photos(num_images: int, side: int, seed: int = 0) -> Iterator[bytes]:
    """Generates JPEG images.

    Each is a smooth random image with noise, so that it compresses and decodes
    like a photo.

    Args:
        num_images: Number of images.
        side: Side of the images, in pixels.
        seed: Random seed of the images.

    Yields:
        The encoded images.
    """
    rng = np.random.default_rng(seed)
    grain = rng.normal(0, 8, (64, side, side, 1))
    for index in range(num_images):
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        smooth = np.asarray(small.resize((side, side)))
        pixels = np.clip(smooth + grain[index % 64], 0, 255).astype(np.uint8)
        encoded = io.BytesIO()
        Image.fromarray(pixels).save(encoded, "JPEG", quality=85)
        yield encoded.getvalue()


def make_log(
    folder: pathlib.Path, num_interactions: int, items: int, seed: int = 0
) -> None:
    """Writes `log.csv`: 20 interactions per user, Zipf item popularity.

    Args:
        folder: Output folder.
        num_interactions: Number of interactions.
        items: Number of items.
        seed: Random seed of the interactions.
    """
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, items + 1)
    chosen = rng.choice(
        items, num_interactions, p=popularity / popularity.sum()
    )
    with open(folder / "log.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id"])
        writer.writerows(
            (f"user {index // 20}", f"item {item}")
            for index, item in enumerate(chosen)
        )


def write_prepared(
    data_dir: str, num_items: int, image_size: int, triples: str = IMAGES
) -> None:
    """Writes a prepared data set, as `beam_jobs.prepare` would.

    Its 1,000 users have 42 interactions each, uniform over the items. There are
    64 different images. Each item has a category, two attributes, a title, a
    price, a link and 200 bytes of description.

    Args:
        data_dir: Folder to write to.
        num_items: Number of items.
        image_size: Side of the images, in pixels.
        triples: Form of the triples, `IMAGES` or `IDS`.
    """
    jpegs = list(made_photos(_JPEGS, image_size))
    rng = np.random.default_rng(0)
    owned = rng.integers(num_items, size=(_USERS, sum(_PER_USER.values())))
    ends = np.cumsum(list(_PER_USER.values()))[:-1]
    parts = dict(zip(_PER_USER, np.split(owned, ends, axis=1), strict=True))
    ids = {
        "users": [f"user {index}" for index in range(_USERS)],
        "items": [f"item {index}" for index in range(num_items)],
    }
    for name, lines in ids.items():
        path = pathlib.Path(paths.vocabulary(data_dir, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(vocabulary_lines(lines))
    _write_shards(data_dir, "items", "items", _items(ids["items"], jpegs))
    images = jpegs if triples == IMAGES else None
    for split, part in parts.items():
        _write_shards(data_dir, "triples", split, _triples(part, images))
    _write_shards(data_dir, "users", "users", _users(parts["train"]))
    counts = {split: part.size for split, part in parts.items()}
    counts |= {name: len(lines) for name, lines in ids.items()}
    Manifest(
        image_size=image_size,
        resize="pad",
        background="keep",
        counts=counts,
        rows={},
        rejected={},
        cutouts={},
        times={},
        options={},
        versions={},
        content_hash=f"generated with {num_items} items",
        triples=triples,
    ).write(data_dir)


def _items(item_ids: list[str], jpegs: list[bytes]) -> Iterator[bytes]:
    # Imported here, because the schemas import TensorFlow.
    from atelier.schema.item import Item
    from atelier.schema.item import build_item

    for index, item_id in enumerate(item_ids):
        color, kind = _COLORS[index % 7], _CATEGORIES[index % 11]
        title = f"{color} {kind} {index}"
        yield build_item(
            Item(
                item_id,
                jpegs[index % _JPEGS],
                kind,
                {"color": color, "brand": f"brand {index % 500}"},
                title=title,
                description=f"The {title} is made of cotton. " * 5,
                price=float(index % 100),
                url=f"https://shop.example/items/{index}",
            )
        )


def _triples(owned: np.ndarray, jpegs: list[bytes] | None) -> Iterator[bytes]:
    from atelier.schema.triple import Triple
    from atelier.schema.triple import build_triple

    for (user, _), item in np.ndenumerate(owned):
        image = jpegs[item % len(jpegs)] if jpegs else None
        yield build_triple(Triple(f"user {user}", f"item {item}", image))


def _users(owned: np.ndarray) -> Iterator[bytes]:
    from atelier.schema.user import User
    from atelier.schema.user import build_user

    for index, items in enumerate(owned):
        yield build_user(
            User(f"user {index}", tuple(f"item {item}" for item in items))
        )


def _write_shards(
    data_dir: str, kind: str, name: str, records: Iterable[bytes]
) -> None:
    from beam_jobs.shards import open_shard

    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(
                open_shard(paths.shard(data_dir, kind, name, index, _SHARDS))
            )
            for index in range(_SHARDS)
        ]
        for index, record in enumerate(records):
            writers[index % _SHARDS].write(record)
