"""Synthetic data sets of any size: images, catalog and interactions."""

import csv
import io
import pathlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

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
