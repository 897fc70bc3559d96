"""Cuts and cloths of the catalog, made when they are first asked for."""

import dataclasses
import functools
import io

import numpy as np
import tensorflow as tf
from PIL import Image

from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.items import read_items
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.cloth import make_cloth
from trainer.models.composition.cut import Cut
from trainer.models.composition.cut import make_cut
from trainer.models.composition.usable_cut import is_usable

_CACHED = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Garments:
    """Cuts and cloths by item index.

    Attributes:
        photos: Catalog images.
        masks: 1-bit PNG of the garment in each image, b"" for none.

    Example:
        garments = Garments.load("data", photos)
        design = compose(garments.cut(0), garments.cloth(1).lab)
    """

    photos: Photos
    masks: list[bytes]

    @classmethod
    def load(cls, data_dir: str, photos: Photos) -> "Garments":
        """Loads the masks of a prepared data set.

        Args:
            data_dir: Folder of the data set.
            photos: Images of the data set.

        Raises:
            UserError: If no item has a mask.
        """
        masks = _read_masks(data_dir)
        if not any(masks):
            raise UserError(
                f"{data_dir} has no masks of the garments, which composed "
                "designs are cut out with; prepare it with --background white, "
                "or use --source gan"
            )
        return cls(photos, masks)

    @functools.lru_cache(maxsize=_CACHED)  # noqa: B019
    def cut(self, item: int) -> Cut | None:
        """Returns the cut of an item; None if its mask is missing or empty.

        Args:
            item: Item index.

        Raises:
            UserError: If the mask and the image differ in size.
        """
        if not self.masks[item]:
            return None
        mask = np.asarray(Image.open(io.BytesIO(self.masks[item]))) > 0
        if not mask.any():
            return None
        photo = self.photos.take(tf.constant([item]))[0].numpy()
        if mask.shape != photo.shape[:2]:
            raise UserError(
                f"the mask of item {item} of the catalog has the shape "
                f"{mask.shape}, but its image {photo.shape[:2]}; prepare the "
                "data set again"
            )
        return make_cut(photo.astype(np.float32) / 127.5 - 1.0, mask)

    @functools.lru_cache(maxsize=_CACHED)  # noqa: B019
    def usable_cut(self, item: int) -> Cut | None:
        """Returns the cut of an item if it can be put into another cloth.

        Args:
            item: Item index.
        """
        cut = self.cut(item)
        return cut if cut and is_usable(cut) else None

    @functools.lru_cache(maxsize=_CACHED)  # noqa: B019
    def cloth(self, item: int) -> Cloth | None:
        """Returns the cloth of an item; None if it has none of its own.

        Args:
            item: Item index.
        """
        cut = self.cut(item)
        return cut and make_cloth(cut, np.random.default_rng(item))


def has_masks(data_dir: str) -> bool:
    """Returns whether an item of a prepared data set has a mask.

    Args:
        data_dir: Folder of the data set.
    """
    return any(_read_masks(data_dir))


def _read_masks(data_dir: str) -> list[bytes]:
    return read_items(data_dir, lambda item: item.mask)
