"""Images of the catalog, read from the shards of a prepared data set.

Evaluation and export need most images once or not at all, so they do not keep
them: a pass reads the item shards block by block. Training, which takes images
at random, holds them in memory, see `trainer.data.images`.
"""

from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.manifest import Manifest
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.items import contradiction


class CatalogImages:
    """Images of all items, none of which is kept in memory.

    Example:
        images = CatalogImages("data")
        jpeg = images.read([0])[0]
        for items, jpegs in images.blocks():
            print(items, jpegs)

    Args:
        data_dir: Folder of a prepared data set.

    Raises:
        UserError: If the data set is unfinished.
    """

    def __init__(self, data_dir: str) -> None:
        self._data_dir = data_dir
        self._image_size = Manifest.read(data_dir).image_size
        # Not the count of the manifest: items are indexed by the vocabulary.
        self._num_items = len(self._read_ids())

    def __len__(self) -> int:
        """Returns the number of images."""
        return self._num_items

    @property
    def image_size(self) -> int:
        """Side of the images, in pixels."""
        return self._image_size

    def blocks(self) -> Iterator[tuple[np.ndarray, tf.Tensor]]:
        """Yields all images in blocks, in the order of the shards.

        Yields:
            Item indices, int64 [n], and the JPEG file of each, string [n]; n is
            256, less at the end of a shard.

        Raises:
            UserError: If a shard is damaged, or the shards and the vocabulary
                hold different items.
        """
        item_ids = self._read_ids()
        index = {item_id.encode(): i for i, item_id in enumerate(item_ids)}
        is_read = np.zeros(len(item_ids), bool)
        for records in read_records(paths.items(self._data_dir)):
            block = parse_items(records)
            ids = block[feature_keys.ITEM_ID].numpy()
            try:
                items = np.array([index[item_id] for item_id in ids], np.int64)
            except KeyError as error:
                unknown = KeyError(error.args[0].decode())
                raise contradiction(self._data_dir, unknown) from error
            is_read[items] = True
            yield items, block[feature_keys.IMAGE]
        if not is_read.all():
            missing = KeyError(item_ids[int(np.argmin(is_read))])
            raise contradiction(self._data_dir, missing)

    def read(self, items: Iterable[int]) -> dict[int, bytes]:
        """Reads some images, in a pass that ends with the last of them.

        Args:
            items: Item indices.

        Returns:
            The JPEG files by item index.

        Raises:
            UserError: As of `blocks`.
        """
        wanted = np.unique(np.fromiter(items, np.int64))
        jpegs: dict[int, bytes] = {}
        if not len(wanted):
            return jpegs
        for block, files in self.blocks():
            rows = np.flatnonzero(np.isin(block, wanted))
            found = tf.gather(files, rows).numpy()
            jpegs.update(zip(block[rows].tolist(), found, strict=True))
            if len(jpegs) == len(wanted):
                break
        return jpegs

    def _read_ids(self) -> list[str]:
        return read_vocabulary(paths.vocabulary(self._data_dir, "items"))
