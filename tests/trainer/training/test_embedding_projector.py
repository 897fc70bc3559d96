"""The items, read back by TensorBoard's own plugin."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing import data_provider
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client

from trainer.data.catalog_images import CatalogImages
from trainer.data.thumbnails import Pictures
from trainer.training import embedding_projector
from trainer.training.embedding_projector import FOLDER
from trainer.training.embedding_projector import SIDE
from trainer.training.embedding_projector import write_projector


@pytest.fixture(scope="module")
def photos(data_dir):
    return CatalogImages(data_dir)


@pytest.fixture
def ask(tmp_path):
    """Returns ask(path): what TensorBoard's plugin answers."""

    def answer(path):
        multiplexer = plugin_event_multiplexer.EventMultiplexer()
        logs = str(tmp_path / "logs")
        multiplexer.AddRunsFromDirectory(logs)
        multiplexer.Reload()
        provider = data_provider.MultiplexerDataProvider(multiplexer, logs)
        plugin = ProjectorPlugin(TBContext(logdir=logs, data_provider=provider))
        route, _, _ = path.partition("?")
        client = Client(plugin.get_plugin_apps()[route])
        return client.get(f"{path}run=train&name=items")

    return answer


@pytest.fixture
def vectors(photos):
    rng = np.random.default_rng(0)
    return rng.standard_normal((len(photos), 3)).astype(np.float32)


def write(tmp_path, photos, vectors):
    with tf.summary.create_file_writer(str(tmp_path / FOLDER)).as_default():
        tf.summary.scalar("loss", 1.0, step=0)
    about = {
        "item": [f"i\t{index}" for index in range(len(vectors))],
        "category": ["hat", ""] * (len(vectors) // 2),
    }
    write_projector(str(tmp_path), photos, vectors, about)


def test_tensorboard_finds_vectors_and_names(tmp_path, photos, vectors, ask):
    write(tmp_path, photos, vectors)
    (config,) = ask("/info?").json["embeddings"]
    assert config["tensorShape"] == [len(photos), 3]
    result = np.frombuffer(ask("/tensor?").data, np.float32).reshape(-1, 3)
    np.testing.assert_allclose(result, vectors, rtol=1e-4)
    lines = ask("/metadata?").data.decode().splitlines()
    assert lines[:3] == ["item\tcategory", "i 0\that", "i 1\t"]
    assert len(lines) == 1 + len(photos)


def test_the_sprite_has_the_photos_row_by_row(tmp_path, photos, vectors, ask):
    write(tmp_path, photos, vectors)
    answer = ask("/sprite_image?")
    assert answer.mimetype == "image/jpeg"
    sprite = embedding_projector.draw_sprite(photos, np.arange(5))
    assert sprite.size == (3 * SIDE, 3 * SIDE)
    fourth = sprite.crop((0, SIDE, SIDE, 2 * SIDE))
    thumbnail = Pictures(photos.read([3]).get, SIDE).image(3)
    assert fourth.tobytes() == thumbnail.tobytes()
    columns = int(np.ceil(np.sqrt(len(photos))))
    with Image.open(tmp_path / FOLDER / "sprite.jpg") as image:
        assert image.size == (columns * SIDE, columns * SIDE)


def test_of_many_items_some_are_shown(
    tmp_path, photos, vectors, ask, monkeypatch
):
    monkeypatch.setattr(embedding_projector, "ITEMS", 7)
    write(tmp_path, photos, vectors)
    result = np.frombuffer(ask("/tensor?").data, np.float32).reshape(-1, 3)
    names = ask("/metadata?").data.decode().splitlines()[1:]
    items = [int(name.split("\t")[0].split()[1]) for name in names]
    assert len(set(items)) == 7
    np.testing.assert_allclose(result, vectors[items], rtol=1e-4)
