"""Embedding of images outside the catalog."""

import tensorflow as tf

from atelier.segmentation.garment_cutter import GarmentCutter
from export.servables.image_decoding import decode_images
from export.servables.map_nonempty import map_nonempty
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run


class ImageEmbedder(tf.Module):
    """Item tower of a run, behind the decoding of image files.

    Args:
        run: Trained run, for its image size, resize mode and background.
        trained: Weights and embeddings of the run.

    Example:
        embedder = ImageEmbedder(run, load_recommender(run))
        embeddings, error = embedder(tf.constant([jpeg]))
    """

    def __init__(self, run: Run, trained: TrainedRecommender) -> None:
        super().__init__()
        self._image_size = run.image_size
        self._resize = run.resize
        self._cutter = GarmentCutter() if run.background == "white" else None
        self._trained = trained
        # An image outside the catalog has no item bias.
        missing = (
            trained.item_vectors.shape[1] - trained.visual_vectors.shape[1]
        )
        self._padding = [[0, 0], [0, missing]]
        # The C++ loader of TF Serving restores only the tf.Variables that the
        # module holds, which Keras 3 variables wrap.
        self._tower_weights = [
            weight.value for weight in trained.item_tower.weights
        ]
        self._cutter_weights = self._cutter.weights if self._cutter else []
        # Networks take seconds to trace. A `tf.function` would trace twice, in
        # its first call and in its second, and keep both graphs.
        self._embed_once = tf.function(
            self._embed, autograph=False
        ).get_concrete_function(tf.TensorSpec([None], tf.string))

    def __call__(self, image_bytes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Computes the embeddings of image files.

        Args:
            image_bytes: JPEG or PNG files, string [batch].

        Returns:
            Embeddings, 0 for a rejected image, float32 [batch, D], and reasons
            for rejection, "" if there are none, string [batch].
        """
        embeddings, error = self._embed_once(image_bytes)
        return embeddings, error

    def _embed(self, image_bytes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, error = decode_images(
            image_bytes, self._image_size, self._resize, self._cutter
        )
        embeddings = map_nonempty(self._trained.item_tower, images)
        embeddings = tf.pad(embeddings, self._padding)
        return tf.where(error[:, None] == "", embeddings, 0.0), error
