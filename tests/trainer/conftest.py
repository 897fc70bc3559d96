"""The made data set with other splits, and a tiny one to train on."""

import dataclasses
import io
import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.schema import paths
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.data.item_content import ItemContent
from trainer.metrics.ranking.held_out import HeldOut
from trainer.models.backbones import BACKBONES
from trainer.recommender.build_model import build_model
from trainer.recommender.candidate_trainer import CandidateTrainer
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pairwise_trainer import PairwiseTrainer
from trainer.recommender.recommender_trainer import RecommenderTrainer

PEOPLE = 12
ITEMS = 30
GARMENT_SIZE = 64


@pytest.fixture(scope="session")
def resplit(data_dir, tmp_path_factory):
    """Returns resplit(train=…, validation=…, test=…), of (user, item) pairs.

    `records` holds times and weights of pairs, by split.
    """
    ids = [
        read_vocabulary(paths.vocabulary(data_dir, name))
        for name in ("users", "items")
    ]

    def write(records=None, **splits: np.ndarray) -> str:
        path = tmp_path_factory.mktemp("resplit") / "data"
        shutil.copytree(
            data_dir, path, ignore=shutil.ignore_patterns("triples")
        )
        (path / "triples").mkdir()
        for split, pairs in splits.items():
            shard = paths.shard(str(path), "triples", split, 0, 1)
            with tf.io.TFRecordWriter(shard, options="GZIP") as writer:
                for user, item in pairs:
                    values = (records or {}).get(split, {})
                    time, weight = values.get((user, item), (None, None))
                    triple = Triple(
                        ids[0][user], ids[1][item], b"", time, weight
                    )
                    writer.write(build_triple(triple))
        manifest = pathlib.Path(path, paths.MANIFEST)
        values = json.loads(manifest.read_text())
        # As `prepare` does, which names no split that is empty.
        sizes = {name: len(pairs) for name, pairs in splits.items()}
        others = {
            name: value
            for name, value in values["counts"].items()
            if name not in paths.SPLITS
        }
        values["counts"] = others | {n: k for n, k in sizes.items() if k}
        manifest.write_text(json.dumps(values))
        return str(path)

    return write


@pytest.fixture(scope="session")
def uneven_splits():
    """Zero, one and many held-out items of 8 users among 82 items."""
    rng = np.random.default_rng(3)
    sizes = {
        "train": [1, 9, 12, 3, 5, 30, 4, 2],
        "validation": [0, 1, 5, 0, 2, 20, 1, 0],
        "test": [2, 0, 7, 0, 1, 30, 1, 3],
    }
    splits: dict[str, list[tuple[int, int]]] = {name: [] for name in sizes}
    for user in range(8):
        items = iter(rng.permutation(82))
        for name, numbers in sizes.items():
            splits[name] += [(user, next(items)) for _ in range(numbers[user])]
    # In no order, as shards of items hold them.
    return {
        name: rng.permutation(np.array(pairs)) for name, pairs in splits.items()
    }


@pytest.fixture(scope="session")
def uneven_dir(resplit, uneven_splits) -> str:
    """The made data set with `uneven_splits`."""
    return resplit(**uneven_splits)


@pytest.fixture(scope="session")
def colours() -> tuple[Interactions, Photos]:
    """People who each like one of three colours, and things that have one.

    Everybody takes five for training. Item 0 is liked most; nobody takes the
    last three in training.
    """
    rng = np.random.default_rng(11)
    styles = np.arange(ITEMS) % 3
    train, validation, test = [], [], []
    for user in range(PEOPLE):
        own = rng.permutation(np.flatnonzero(styles[:-3] == user % 3))
        own = [0, *own[own != 0]] if user % 3 == 0 else own
        train.append(np.sort(own[:5]))
        validation.append((user, own[5]))
        test.append((user, own[6]))
    interactions = Interactions(
        user_ids=[f"u{index}" for index in range(PEOPLE)],
        item_ids=[f"i{index}" for index in range(ITEMS)],
        train=tf.RaggedTensor.from_row_lengths(
            np.concatenate(train), [5] * PEOPLE
        ),
        validation=np.array(validation),
        test=np.array(test),
    )
    return interactions, Photos(
        [_square(colour, rng) for colour in styles], 4, 1 << 20
    )


@pytest.fixture(scope="session")
def weighed_colours(colours):
    """The interactions of `colours` with weights, times and rejections.

    Three users rejected nothing, the others one or two items.
    """
    interactions, _ = colours
    rng = np.random.default_rng(8)
    train = interactions.train
    count = len(train.values)
    rejected = [
        sorted(
            rng.permutation(np.setdiff1d(range(ITEMS), own))[
                : user % 4 // 2 + 1
            ]
        )
        if user % 4
        else []
        for user, own in enumerate(train.to_list())
    ]
    negatives = tf.ragged.constant(rejected, tf.int64, ragged_rank=1)
    days = rng.integers(0, 9, count)
    return dataclasses.replace(
        interactions,
        weights=train.with_values(
            rng.uniform(0.5, 5.0, count).astype(np.float32)
        ),
        times=train.with_values(86_400 * days + rng.integers(0, 2, count)),
        negatives=negatives,
        negative_weights=negatives.with_values(
            rng.uniform(0.5, 5.0, len(negatives.values)).astype(np.float32)
        ),
    ).weighed(1.0)


@pytest.fixture
def tiny(monkeypatch) -> str:
    """The name of a smooth network of one layer."""

    def build(image_size: int) -> keras.Model:
        images = keras.Input((image_size, image_size, 3), name="images")
        x = keras.layers.Flatten(name="flatten")(images)
        x = keras.layers.Dense(4, activation="tanh", name="dense")(x)
        return keras.Model(images, x, name="tiny")

    monkeypatch.setitem(BACKBONES, "tiny", build)
    return "tiny"


@pytest.fixture
def make_training(tiny, colours):
    """Returns make_training(init_seed, interactions, **config).

    Trains on `colours`, or on other interactions with its items.

    Weights are drawn by `init_seed`, else by the seed of the configuration.
    Without penalties, unless they are given. The text of an item is its color.
    """

    def make(init_seed=None, interactions=None, **values) -> RecommenderTrainer:
        quiet = {"cnn_l2": 0.0, "user_l2": 0.0}
        config = RecommenderConfig(
            **{"backbone": tiny, "embedding_dim": 3, **quiet, **values}
        )
        keras.utils.set_random_seed(
            config.seed if init_seed is None else init_seed
        )
        tf.config.experimental.enable_op_determinism()
        interactions = interactions or colours[0]
        photos = colours[1]
        counts = interactions.train_counts()
        model = build_model(config, 4, PEOPLE, counts)
        if config.draws_triples:
            return PairwiseTrainer(model, config, interactions, photos, 1)
        names = [("red", "green", "blue")[item % 3] for item in range(ITEMS)]
        content = ItemContent(
            tf.ragged.constant([[f"color={name}"] for name in names]),
            tf.constant(names),
        )
        return CandidateTrainer(model, config, interactions, photos, 1, content)

    return make


def _square(style: int, rng: np.random.Generator) -> bytes:
    """A noisy square in one of three colours, as JPEG."""
    pixels = rng.integers(60, 140, (4, 4, 3))
    pixels[:, :, style] += 100
    encoded = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


@pytest.fixture(scope="session")
def make_held_out():
    """Returns make_held_out(pairs, known, num_items, others={})."""

    def make(pairs, known, num_items, others=None):
        histories = [list(history) for history in known]
        for user, item in [*pairs, *(others or ())]:
            histories[user].append(item)
        return HeldOut(
            np.array(pairs, np.int64).reshape(-1, 2),
            tf.ragged.constant(histories, tf.int64, ragged_rank=1),
            tf.ragged.constant(known, tf.int64, ragged_rank=1),
            num_items,
        )

    return make


@pytest.fixture(scope="session")
def random_case(make_held_out):
    """Returns random_case(seed): scores with ties, and what is held out.

    Of each user 0 to 5 items are held out, in no order, others are known, and
    one is neither: it was held out for something else.
    """

    def make(seed, users=40, items=37):
        rng = np.random.default_rng(seed)
        scores = rng.integers(0, 9, (users, items)).astype(np.float32)
        pairs, known, others = [], [], []
        for user in range(users):
            # Nobody took the last.
            own = rng.permutation(items - 1)[: rng.integers(1, 20)].tolist()
            cut = min(len(own) - 1, rng.integers(6))
            pairs += [(user, item) for item in own[:cut]]
            others.append((user, own[cut]))
            known.append(own[cut + 1 :])
        pairs = rng.permutation(pairs)
        return scores, make_held_out(pairs.tolist(), known, items, others)

    return make


@pytest.fixture(scope="session")
def naive():
    """Returns naive(scores, held_out, k): by user, metrics as defined."""
    return _naive


def _naive(scores, held_out, k, half_ties=False):
    result = {}
    for user in sorted({int(user) for user, _ in held_out.pairs}):
        row = scores[user].tolist()
        interacted = set(held_out.interacted[user].numpy().tolist())
        others = [j for j in range(len(row)) if j not in interacted]
        hidden = [int(i) for u, i in held_out.pairs if u == user]
        aucs = [
            np.mean(
                [
                    1.0
                    if row[i] > row[j]
                    else 0.5 * (half_ties and row[i] == row[j])
                    for j in others
                ]
            )
            for i in hidden
        ]
        # The whole list; where scores tie, hidden items stand behind.
        ordered = sorted(
            [*others, *hidden], key=lambda item: (-row[item], item in hidden)
        )
        hits = [ordered.index(i) + 1 for i in hidden if i in ordered[:k]]
        ideal = sum(
            1 / np.log2(1 + place)
            for place in range(1, 1 + min(k, len(hidden)))
        )
        result[user] = {
            "auc": np.mean(aucs),
            f"hr@{k}": float(bool(hits)),
            f"recall@{k}": len(hits) / len(hidden),
            f"ndcg@{k}": sum(1 / np.log2(1 + place) for place in hits) / ideal,
            f"mrr@{k}": 1 / min(hits) if hits else 0.0,
        }
    return result


@pytest.fixture(scope="session")
def garment():
    """Returns garment(rgb, noise=0.0): an image, and its mask.

    A square on a gray floor, darker to the right, with a seam down the middle,
    and a white label of 6 x 6 pixels.
    """

    def paint(rgb, noise=0.0):
        mask = np.zeros((GARMENT_SIZE, GARMENT_SIZE), bool)
        mask[8:56, 8:56] = True
        linear = np.array(rgb, np.float32) ** 2.2
        light = np.linspace(1.2, 0.6, GARMENT_SIZE)[None, :, None]
        light = np.repeat(light, GARMENT_SIZE, axis=0)
        light[:, 31:33] *= 0.6
        rng = np.random.default_rng(0)
        light = light * (1 + noise * rng.normal(size=light.shape))
        image = np.clip(linear * light, 0, 1) ** (1 / 2.2)
        image[16:22, 16:22] = 0.97
        image = np.where(mask[..., None], image, 0.45)
        return (2 * image - 1).astype(np.float32), mask

    return paint


@pytest.fixture(scope="session")
def dotted():
    """An image of dots everywhere inside its mask, and the mask."""
    mask = np.zeros((GARMENT_SIZE, GARMENT_SIZE), bool)
    mask[4:60, 4:60] = True
    y, x = np.indices((GARMENT_SIZE, GARMENT_SIZE))
    dots = ((y % 6) < 3) & ((x % 6) < 3)
    image = np.where(dots[..., None], [0.9, 0.8, 0.2], [-0.6, -0.7, -0.2])
    return image.astype(np.float32), mask
