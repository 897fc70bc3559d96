"""The items for TensorBoard's embedding projector.

Source: the files that TensorBoard's projector plugin reads.
"""

import math

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector import ProjectorConfig

from atelier.io import json_files
from atelier.schema import paths
from trainer.data.images import Photos
from trainer.data.thumbnails import Pictures

FOLDER = "logs/train"
"""In that of the run: TensorBoard looks only where there are events."""
CONFIG = f"{FOLDER}/projector_config.pbtxt"
ITEMS = 4096
"""At most so many are shown; browsers take a sprite of 8,192 pixels."""
SIDE = 48
"""Of a photo on the sprite, in pixels."""
_VECTORS, _METADATA, _SPRITE = "vectors.tsv", "metadata.tsv", "sprite.jpg"


def write_projector(
    run_dir: str,
    photos: Photos,
    vectors: np.ndarray,
    about: dict[str, list[str]],
) -> None:
    """Writes the vectors of the items, what is said of them, their photos.

    Of more items than TensorBoard shows fluently, some by chance. What it
    begins with is written last.

    Args:
        run_dir: The folder of the run.
        photos: The photos.
        vectors: What the items look like, float [items, K].
        about: What is said of each item, by the name of the column, two or
            more of them.
    """
    rng = np.random.default_rng(0)
    number = min(ITEMS, len(vectors))
    items = np.sort(rng.choice(len(vectors), number, replace=False))
    tf.io.gfile.makedirs(paths.join(run_dir, FOLDER))
    said = [
        list(about),
        *([of[item] for of in about.values()] for item in items),
    ]
    _write_table(run_dir, _METADATA, said)
    numbers = [[f"{one:.5g}" for one in row] for row in vectors[items]]
    _write_table(run_dir, _VECTORS, numbers)
    sprite = draw_sprite(photos, items)
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


def draw_sprite(photos: Photos, items: np.ndarray) -> Image.Image:
    """Returns one picture of items, row by row, in as many rows as columns.

    Args:
        photos: The photos.
        items: Item indices, int64 [n].
    """
    columns = math.ceil(math.sqrt(len(items)))
    pictures = Pictures(photos, SIDE)
    sprite = Image.new("RGB", (columns * SIDE, columns * SIDE), "white")
    for place, item in enumerate(items):
        row, column = divmod(place, columns)
        picture = pictures.image(int(item))
        sprite.paste(picture, (column * SIDE, row * SIDE))
    return sprite


def _write_table(run_dir: str, name: str, rows: list[list[str]]) -> None:
    """Writes rows with tabs between, which no cell may hold then."""
    lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
    text = "".join(f"{line}\n" for line in lines)
    json_files.write_text(run_dir, f"{FOLDER}/{name}", text)
