"""Layers, models and losses in models, `fit` and `.keras` files of others."""

import importlib
import inspect
import pathlib
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from trainer.attribute_pretraining.attribute_model import AttributeModel
from trainer.models.ease import EASE
from trainer.models.gan.norms import ConditionalNorm
from trainer.models.gan.paper_discriminator import PaperDiscriminator
from trainer.models.gan.paper_generator import PaperGenerator
from trainer.models.gan.projected_discriminator import ProjectedDiscriminator
from trainer.models.gan.residual_generator import ResidualGenerator
from trainer.models.gan.spectral_conv import SpectralConv2D
from trainer.models.layers.image_augmentation import Augmentation
from trainer.models.layers.pca import PrincipalComponents
from trainer.models.losses.bpr import BPR
from trainer.models.losses.bpr import decayed_weights
from trainer.models.losses.bpr import weight_penalty
from trainer.models.losses.ranking_losses import LOSSES
from trainer.models.towers.content_encoder import ContentEncoder
from trainer.models.towers.item_embedding import ItemEmbedding
from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.two_tower import TwoTower
from trainer.models.towers.user_towers import HistoryTower
from trainer.models.towers.user_towers import RecencyDecay

MODELS = pathlib.Path(inspect.getfile(TwoTower)).parents[1]
SIZE, DIM, USERS, ROWS = 16, 6, 4, 5
COUNTS = np.array([2, 0, 1, 3, 0])
LOAD = """
import importlib
import pickle
import sys

import trainer

assert "keras" not in sys.modules  # The package itself is light.
import keras
import numpy as np

names, *paths = sys.argv[1:]
for name in names.split():  # As of any package of Keras classes.
    importlib.import_module(name)
for path in paths:
    with open(path + ".pickle", "rb") as file:
        method, inputs, wanted = pickle.load(file)
    model = keras.saving.load_model(path)
    found = getattr(model, method)(*inputs)
    keras.tree.map_structure(
        lambda *pair: np.testing.assert_allclose(*pair, rtol=1e-5, atol=1e-6),
        keras.tree.map_structure(keras.ops.convert_to_numpy, found),
        wanted,
    )
    print("same", path)
"""


def modules():
    """Returns the names of the modules of layers, models and losses."""
    return [
        f"trainer.models.{path.parent.name}.{path.stem}"
        for path in MODELS.glob("*/*.py")
        if path.stem != "__init__"
    ]


def images(seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (ROWS, SIZE, SIZE, 3)).astype(np.float32)


def paper_model():
    return TwoTower(ItemTower(SIZE, embedding_dim=DIM), USERS)


def hybrid_model():
    """With all parts, none of which has its initial weights."""
    model = TwoTower(
        ItemTower(
            SIZE,
            embedding_dim=DIM,
            pca_components=2,
            augmentation=0.5,
            content=ContentEncoder(["text", "features"], 2, vectors_dim=3),
            modality_dropout=0.2,
        ),
        USERS,
        COUNTS,
        user_tower="both",
        item_embeddings=True,
        ease_weight=2.0,
        feature_dropout=0.1,
        recency_decay=True,
        item_embedding_dropout=0.2,
        history_dropout=0.3,
    )
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "float" in weight.dtype:
            weight.assign(rng.normal(size=weight.shape))
    return model


def functional_model():
    """Our layers in a functional model of somebody else."""
    image = keras.Input((SIZE, SIZE, 3))
    item = keras.Input((), dtype="int32")
    phi = ItemTower(SIZE, embedding_dim=DIM)(Augmentation(0.5)(image))
    phi = phi + ItemEmbedding(COUNTS, DIM, 0.3, in_histories=False)(item)
    maps = ConditionalNorm(4, DIM)(SpectralConv2D(4, 3, 2)(image), phi)
    pooled = layers.GlobalAveragePooling2D()(maps)
    sums = layers.Dense(DIM + 1)(PrincipalComponents(3)(pooled))
    score = layers.Dot(axes=1)([HistoryTower(DIM, 4)(sums), phi])
    return keras.Model([image, item], score)


def triples():
    return {
        "user": np.arange(ROWS) % USERS,
        "positive": images(0),
        "negative": images(1),
    }


def cases():
    """Yields a name, a model, a method of it, and the method's arguments."""
    items = np.arange(ROWS)
    features = np.random.default_rng(2).normal(size=(ROWS, DIM))
    rows = features.astype(np.float32), items, np.ones(ROWS, np.float32)
    z = features[:, :4].astype(np.float32)
    pixels = images() / 127.5 - 1
    category = np.array([0, 1, 2, 1, 0])
    yield "paper", paper_model(), "__call__", [triples()]
    yield "hybrid items", hybrid_model(), "item_vectors", rows
    yield "hybrid users", hybrid_model(), "history_rows", rows
    yield "functional", functional_model(), "__call__", [[images(), items]]
    yield "attributes", AttributeModel(SIZE, [3, 2]), "__call__", [images()]
    for generator in (PaperGenerator, ResidualGenerator):
        model = generator(3, SIZE, z_dim=4, width=2)
        yield generator.__name__, model, "__call__", [z, category]
    for model in (
        PaperDiscriminator(3, SIZE, width=2, hidden_units=5),
        ProjectedDiscriminator(3, SIZE, width=2),
    ):
        yield type(model).__name__, model, "__call__", [pixels, category]


@pytest.mark.slow
@pytest.mark.compat
def test_files_load_in_another_process(tmp_path):
    paths, names = [], " ".join([AttributeModel.__module__, *modules()])
    for name, model, method, inputs in cases():
        paths.append(str(tmp_path / f"{name}.keras"))
        model.save(paths[-1])
        result = keras.tree.map_structure(
            keras.ops.convert_to_numpy, getattr(model, method)(*inputs)
        )
        saved = pickle.dumps((method, inputs, result))
        pathlib.Path(f"{paths[-1]}.pickle").write_bytes(saved)

    done = subprocess.run(
        [sys.executable, "-c", LOAD, names, *paths],
        cwd=MODELS.parents[1],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"same {path}" for path in paths]


def test_every_class_is_registered():
    classes = [
        result
        for name in modules()
        for result in vars(importlib.import_module(name)).values()
        if inspect.isclass(result)
        and issubclass(result, keras.layers.Layer | keras.losses.Loss)
        and result.__module__ == name
        and not result.__name__.startswith("_")
    ]
    assert len(classes) > 12
    for result in classes:
        registered = keras.saving.get_registered_name(result)
        assert registered == f"atelier>{result.__name__}"


@pytest.mark.parametrize(
    "layer",
    [
        EASE(5, 30.0),
        HistoryTower(3, 4, keras.initializers.Identity(2.0), True),
        RecencyDecay(),
        *(loss(reduction="sum", name="mine") for loss in LOSSES.values()),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_configuration_comes_back(layer):
    saved = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(saved)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()


def test_a_hybrid_keeps_its_options():
    config = hybrid_model().get_config()
    again = TwoTower.from_config(config)
    assert again.get_config() == config
    assert again.ease.weight == 2.0
    assert again.history_tower.decay
    assert again.item_tower.augmentation.strength == 0.5
    assert again.item_tower.components.size == 2
    assert again.item_tower.modality_dropout.rate == 0.2
    assert again.item_tower.content.modalities == ("text", "features")


def test_fit_minimizes_the_papers_loss():
    """With its two penalties as regularizers; see docs/training.md."""
    user_l2, cnn_l2 = 2.0, 0.5
    keras.utils.set_random_seed(0)
    model = paper_model()
    model.user_tower.activity_regularizer = keras.regularizers.L2(user_l2 / 2)
    kernels = decayed_weights(model.item_tower)
    for kernel in kernels:
        kernel.regularizer = keras.regularizers.L2(cnn_l2 / 2 / ROWS)
    batch, labels = triples(), np.tile([1, 0], (ROWS, 1))
    model.compile(
        keras.optimizers.Adam(0.01),
        BPR(),
        metrics=["categorical_accuracy"],
        run_eagerly=True,
    )
    positive, negative, users = map(
        keras.ops.convert_to_numpy, model.score_triples(batch)
    )
    expected = (
        np.sum(np.logaddexp(0, negative - positive))
        + user_l2 / 2 * np.sum(np.square(users))
        + cnn_l2 * float(weight_penalty(kernels))
    ) / ROWS
    result = model.evaluate(batch, labels, verbose=0, return_dict=True)
    assert result["loss"] == pytest.approx(expected, rel=1e-4)
    share = np.mean(positive > negative)
    assert result["categorical_accuracy"] == pytest.approx(share)
    history = model.fit(batch, labels, ROWS, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_a_functional_model_trains():
    model = functional_model()
    model.compile("sgd", "mse", run_eagerly=True)
    inputs = [images(), np.arange(ROWS)]
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        model.fit(inputs, np.zeros(ROWS), verbose=0)


def test_mixed_precision_computes_in_bfloat16():
    exact = paper_model()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = paper_model()
    finally:
        keras.config.set_dtype_policy(before)
    mixed.set_weights(exact.get_weights())
    scores = mixed(triples())
    assert keras.backend.standardize_dtype(scores.dtype) == "bfloat16"
    assert all(weight.dtype == "float32" for weight in mixed.weights)
    np.testing.assert_allclose(
        keras.ops.cast(scores, "float32"), exact(triples()), atol=0.02
    )


@pytest.mark.parametrize(
    "options", [{"user_tower": "history"}, {"item_embeddings": True}]
)
def test_other_models_do_not_score_images_alone(options):
    model = TwoTower(ItemTower(SIZE), USERS, COUNTS, **options)
    with pytest.raises(ValueError, match="train this model with"):
        model(triples())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user_tower": "ids"}, "must be one of .* received: 'ids'"),
        ({"item_embeddings": True}, "need `train_counts`.* received: \\(\\)"),
        ({"ease_weight": 1.0}, "need `train_counts`.* received: \\(\\)"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        TwoTower(ItemTower(SIZE), USERS, **options)
