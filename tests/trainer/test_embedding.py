import numpy as np
import tensorflow as tf

from trainer.dataset import load_photos
from trainer.embedding import embed_catalogue
from trainer.embedding import embedding_scorer
from trainer.two_tower import TwoTower


def test_the_catalogue_is_embedded_in_index_order(data_dir):
    photos = load_photos(data_dir, 0)
    tower = TwoTower("small", 32, 4, 1).item_tower
    found = embed_catalogue(tower, photos)
    assert found.shape == (len(photos), 4)
    one = tower(tf.cast(photos.take([7]), tf.float32), training=False)
    np.testing.assert_allclose(found[7], one[0], rtol=1e-3, atol=1e-5)


def test_scores_are_products_of_the_embeddings():
    users, items = np.eye(3), np.arange(12.0).reshape(4, 3)
    scores = embedding_scorer(users, items)(np.array([2, 0]))
    np.testing.assert_array_equal(scores, [items[:, 2], items[:, 0]])
