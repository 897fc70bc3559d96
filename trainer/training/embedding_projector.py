"""Export of item embeddings to TensorBoard's embedding projector.

Source: the file formats of TensorBoard's projector plugin.
"""

import math

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector import ProjectorConfig

from atelier.io import json_files
from atelier.schema import paths
from trainer.data.catalog_images import CatalogImages
from trainer.data.thumbnails import Pictures

FOLDER = "logs/train"
"""Subfolder of the run; TensorBoard reads only folders with event files."""
CONFIG = f"{FOLDER}/projector_config.pbtxt"
ITEMS = 4096
"""Maximum number of items; browsers allow a sprite of 8,192 pixels."""
SIDE = 48
"""Side of an image on the sprite, in pixels."""
_VECTORS, _METADATA, _SPRITE = "vectors.tsv", "metadata.tsv", "sprite.jpg"


def write_projector(
    run_dir: str,
    images: CatalogImages,
    vectors: np.ndarray,
    about: dict[str, list[str]],
) -> None:
    """Writes the embeddings, metadata and images of the items.

    Writes a random sample of `ITEMS` items from a larger catalog. The config
    file that TensorBoard looks for is written last.

    Args:
        run_dir: Folder of the run.
        images: The catalog images.
        vectors: Item embeddings, float [items, K].
        about: Metadata of each item by column name, two or more columns.
    """
    rng = np.random.default_rng(0)
    num_items = min(ITEMS, len(vectors))
    items = np.sort(rng.choice(len(vectors), num_items, replace=False))
    tf.io.gfile.makedirs(paths.join(run_dir, FOLDER))
    metadata = [
        list(about),
        *([values[item] for values in about.values()] for item in items),
    ]
    _write_table(run_dir, _METADATA, metadata)
    numbers = [[f"{value:.5g}" for value in row] for row in vectors[items]]
    _write_table(run_dir, _VECTORS, numbers)
    sprite = draw_sprite(images, items)
    path = paths.join(run_dir, FOLDER, _SPRITE)
    with tf.io.gfile.GFile(path, "wb") as file:
        sprite.save(file, format="JPEG", quality=80)
    config = ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "items"
    embedding.tensor_path = _VECTORS
    embedding.metadata_path = _METADATA
    embedding.sprite.image_path = _SPRITE
    embedding.sprite.single_image_dim.extend([SIDE, SIDE])
    json_files.write_text(run_dir, CONFIG, text_format.MessageToString(config))


def draw_sprite(images: CatalogImages, items: np.ndarray) -> Image.Image:
    """Draws the thumbnails of items in a square grid, row by row.

    Args:
        images: The catalog images.
        items: Item indices, int64 [n].
    """
    columns = math.ceil(math.sqrt(len(items)))
    pictures = Pictures(images.read(items).__getitem__, SIDE)
    sprite = Image.new("RGB", (columns * SIDE, columns * SIDE), "white")
    for place, item in enumerate(items):
        row, column = divmod(place, columns)
        picture = pictures.image(int(item))
        sprite.paste(picture, (column * SIDE, row * SIDE))
    return sprite


def _write_table(run_dir: str, name: str, rows: list[list[str]]) -> None:
    """Writes a tab-separated table; whitespace in cells becomes one space."""
    lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
    text = "".join(f"{line}\n" for line in lines)
    json_files.write_text(run_dir, f"{FOLDER}/{name}", text)
