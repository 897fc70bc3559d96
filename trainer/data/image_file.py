"""Images of items in a local file, read at random by item.

A stream whose triples hold no images takes them from the item shards. These are
compressed and can only be read in order, so their images are copied to a
temporary file once. In memory are 20 bytes an item, whatever the image size.
"""

import os
import tempfile
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.records import read_records
from trainer.data.fingerprint import fingerprint

_FEATURES = {
    feature_keys.ITEM_ID: tf.io.FixedLenFeature([], tf.string),
    feature_keys.IMAGE: tf.io.FixedLenFeature([], tf.string),
}


class ImageFile:
    """JPEG bytes of the items of some shards, by fingerprint of the item id.

    The file is in the folder for temporary files (`TMPDIR`) and has no name, so
    that it goes with the process.

    Example:
        images = ImageFile(["data/items/items-00000-of-00001.tfrecord.gz"])
        jpegs = images.read(fingerprint(tf.constant(["item 1"])))

    Args:
        shards: Paths of shards of items.
    """

    def __init__(self, shards: Sequence[str]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - kept open.
        items, sizes = [], []
        for path in shards:
            for batch in read_records(path):
                parsed = tf.io.parse_example(batch, _FEATURES)
                jpegs = parsed[feature_keys.IMAGE].numpy()
                self._file.writelines(jpegs)
                items.append(fingerprint(parsed[feature_keys.ITEM_ID]).numpy())
                sizes.append(np.array([len(jpeg) for jpeg in jpegs], np.int32))
        self._file.flush()
        found = np.concatenate(items or [np.empty(0, np.int64)])
        lengths = np.concatenate(sizes or [np.empty(0, np.int32)])
        order = np.argsort(found)
        self._items, self._sizes = found[order], lengths[order]
        self._offsets = (np.cumsum(lengths, dtype=np.int64) - lengths)[order]

    def read(self, items: tf.Tensor) -> tf.Tensor:
        """Returns the JPEG bytes of items, string [n].

        Args:
            items: Fingerprints of item ids that have an image, int64 [n].
        """
        jpegs = tf.numpy_function(self._read, [items], tf.string)
        return tf.ensure_shape(jpegs, items.shape)

    def lacks(self, items: np.ndarray) -> np.ndarray:
        """Returns which items have no image, bool [n].

        Args:
            items: Fingerprints of item ids, int64 [n].
        """
        return np.isin(items, self._items, invert=True)

    def _read(self, items: np.ndarray) -> np.ndarray:
        places = np.searchsorted(self._items, items)
        descriptor = self._file.fileno()
        return np.array(
            [
                os.pread(descriptor, self._sizes[place], self._offsets[place])
                for place in places
            ],
            object,
        )
