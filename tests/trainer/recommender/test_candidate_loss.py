"""The whole loss of a batch against loops in numpy, and its gradient.

`Oracle` follows the definitions, pair by pair, in double precision. Central
differences of it are what the gradients of training have to be.
"""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from trainer.data.interactions import Interactions
from trainer.models.losses.warp import MARGIN
from trainer.models.towers.user_towers import POOLING_POWER

NUM_NEGATIVES = 7
BATCH = {
    "batch_size": 6,
    "positives_per_image": 2,
    "num_negatives": NUM_NEGATIVES,
}
CASES = [
    # User tower, loss, negatives, frozen stages, item factors.
    ("id", "bpr", "in_batch", 0, 1),
    ("history", "softmax", "mixed", 0, 1),
    ("history", "bpr", "mixed", -1, 0),
    ("history", "bpr", "mixed", -1, 1),
    ("both", "warp", "mixed", 0, 1),
    ("both", "softmax", "uniform", -1, 1),
    ("id", "softmax", "in_batch", -1, 0),
    # With weights, times and rejections.
    ("history", "softmax", "mixed", -1, 1, True),
    ("both", "warp", "mixed", 0, 0, True),
]
PENALTIES = {"cnn_l2": 0.3, "user_l2": 0.2}


@dataclasses.dataclass(frozen=True)
class Oracle:
    """The loss of one batch as a function of all weights.

    Attributes:
        case: The configuration.
        data: The interactions.
        batch: Arrays by name.
        kept: The bank of features, [items, F].
    """

    case: dict
    data: Interactions
    batch: dict
    kept: np.ndarray

    @functools.cached_property
    def train(self):
        """Items of each user."""
        return self.data.train.to_list()

    @functools.cached_property
    def rows(self):
        """Ragged values by name, as lists: indexing a tensor takes 2 ms."""
        names = ("weights", "times", "negatives", "negative_weights")
        values = {name: getattr(self.data, name) for name in names}
        return {
            name: None if value is None else value.to_list()
            for name, value in values.items()
        }

    def loss(self, weights):
        """The number that training makes smaller."""
        fresh = self.fresh(weights)
        losses, penalties = [], []
        for user, item in self.pairs():
            theta = self.theta(weights, fresh, user, item)
            parts = [
                self.pair_loss(weights, theta, user, item, *comparison)
                for comparison in self.comparisons(fresh)
            ]
            losses.append(
                self.weight(user, item) * np.mean(parts)
                + self.rejections(weights, theta, user, item)
            )
            penalties.append(0.5 * theta @ theta)
        decayed = [weights["projection/kernel"]]
        if self.trains_backbone:
            decayed.append(weights["dense/kernel"])
        total = (
            sum(losses)
            + PENALTIES["user_l2"] * sum(penalties)
            + PENALTIES["cnn_l2"] * sum(0.5 * np.sum(w**2) for w in decayed)
        )
        pairs_per_image = self.counts.sum() / self.groups.sum()
        return total / (BATCH["batch_size"] * pairs_per_image)

    @property
    def trains_backbone(self):
        return self.case["frozen_stages"] == 0

    def comparisons(self, fresh):
        """Candidates, their features, and how often each is drawn."""
        passed, drawn = set(self.batch["item"]), set(self.batch["negatives"])
        passes = self.groups * BATCH["batch_size"] / self.groups.sum()
        draws = np.full(len(fresh), NUM_NEGATIVES / len(fresh))
        negatives = self.case["negatives"]
        if self.trains_backbone:
            yield passed, fresh, passes
        if negatives == "uniform":
            yield drawn, self.kept, draws
        elif negatives == "mixed":
            yield passed | drawn, self.kept, passes + draws
        elif not self.trains_backbone:
            yield passed, self.kept, passes

    def fresh(self, weights):
        """Of all items: those of the batch have just left the network."""
        features = self.kept.copy()
        if not self.trains_backbone:
            return features
        for item, photo in zip(
            self.batch["item"], self.batch["photos"], strict=True
        ):
            pixels = photo.astype(np.float64).ravel() / 127.5 - 1
            features[item] = np.tanh(
                pixels @ weights["dense/kernel"] + weights["dense/bias"]
            )
        return features

    def pairs(self):
        """(user, item) of the batch."""
        rows = np.repeat(
            np.arange(len(self.train)), [len(row) for row in self.train]
        )
        for item, group in zip(
            self.batch["item"], self.batch["interactions"], strict=True
        ):
            for interaction in group[group >= 0]:
                yield rows[interaction], item

    def weight(self, user, item):
        if self.rows["weights"] is None:
            return 1.0
        return self.rows["weights"][user][self.train[user].index(item)]

    def decay(self, weights, user, item, other):
        """Decay of a history item by its distance to the item of the pair."""
        if not self.case.get("recency_decay"):
            return 1.0
        times = self.rows["times"][user]
        mine, its = (times[self.train[user].index(i)] for i in (item, other))
        later = sorted(set(times))
        age = abs(mine - its) / 86_400
        order = abs(later.index(mine) - later.index(its))
        a, b = weights["recency_decay/exponents"]
        return (1 + age) ** -a * (1 + order) ** -b

    def rejections(self, weights, theta, user, item):
        if not self.rows["negatives"] or not self.rows["negatives"][user]:
            return 0.0
        own = self.score(weights, self.kept, theta, item)
        return np.mean(
            [
                weight
                * np.logaddexp(
                    0.0, self.score(weights, self.kept, theta, other) - own
                )
                for other, weight in zip(
                    self.rows["negatives"][user],
                    self.rows["negative_weights"][user],
                    strict=True,
                )
            ]
        )

    def theta(self, weights, features, user, item):
        """A person, with the item to be predicted left out."""
        theta = 0.0
        if self.case["user_tower"] != "history":
            theta = theta + weights["user_tower/embeddings"][user]
        if self.case["user_tower"] != "id":
            others = [other for other in self.train[user] if other != item]
            rows = (
                features[others] @ weights["history_projection/kernel"]
                + weights["history_projection/bias"]
            )
            if self.case["item_embeddings"]:
                own = weights["item_embedding/history_vectors"][others]
                rows = rows + self.trust[others, None] * own
            counts = np.exp(rows @ weights["attention/kernel"]) * [
                [
                    self.weight(user, other)
                    * self.decay(weights, user, item, other)
                ]
                for other in others
            ]
            theta = (
                theta
                + (counts * rows).sum(axis=0) / counts.sum() ** POOLING_POWER
                + weights["history_tower/offset"]
            )
        return theta

    def score(self, weights, features, theta, item):
        """x_ui; the more took an item, the more it has of its own."""
        vector = (
            features[item] @ weights["projection/kernel"]
            + weights["projection/bias"]
        )
        bias = 0.0
        if self.case["item_embeddings"]:
            trust = self.trust[item]
            vector = vector + trust * weights["item_embedding/vectors"][item]
            bias = trust * weights["item_embedding/biases"][item]
            bias += (1 - trust) * weights["item_embedding/common_bias"]
        return theta @ vector + bias

    def pair_loss(
        self, weights, theta, user, item, candidates, features, frequency
    ):
        """One pair against the candidates that its user did not take."""
        own = self.score(weights, features, theta, item)
        others = sorted(candidates - set(self.train[user]))
        scores = np.array(
            [
                self.score(weights, features, theta, candidate)
                for candidate in others
            ]
        )
        if self.case["loss"] == "bpr":
            return np.mean(np.logaddexp(0.0, scores - own))
        if self.case["loss"] == "warp":
            margins = MARGIN - own + scores
            return np.log(1 + np.sum(margins > 0)) * max(0.0, margins.max())
        weight = self.case.get("bpr_weight", 0.0)
        added = weight * np.mean(np.logaddexp(0.0, scores - own))
        included = 1 - np.exp(-frequency)
        own = own - np.log(included[item])
        scores = scores - np.log(included[others])
        return np.logaddexp.reduce(np.append(scores, own)) - own + added

    @functools.cached_property
    def trust(self):
        """What share of its own an item is trusted with."""
        return self.counts / (self.counts + 3)

    @functools.cached_property
    def groups(self):
        """How often an epoch has the photo of each item."""
        return -(-self.counts // BATCH["positives_per_image"])

    @functools.cached_property
    def counts(self):
        """Takers of each item in training."""
        return np.bincount(np.concatenate(self.train), minlength=len(self.kept))


def short(path):
    return "/".join(path.split("/")[-2:])


@pytest.fixture
def prepared(make_training, colours, weighed_colours):
    """Returns prepared(**case): a training, a batch, and their oracle."""

    def make(**case):
        data = colours[0]
        if case.get("recency_decay"):
            data = weighed_colours
        training = make_training(None, data, **BATCH, **PENALTIES, **case)
        rng = np.random.default_rng(3)
        for variable in training.model.trainable_variables:
            variable.assign(0.4 * rng.normal(size=variable.shape))
        kept = np.tanh(rng.normal(size=(len(colours[1]), 4)))
        training._bank.assign(kept)
        (batch,) = training.batches_from(2).take(1)
        oracle = Oracle(
            case,
            data,
            {name: value.numpy() for name, value in batch.items()},
            np.float64(np.float32(kept)),
        )
        return training, batch, oracle

    return make


@pytest.mark.parametrize(
    (
        "user_tower",
        "loss",
        "negatives",
        "frozen_stages",
        "item_embeddings",
        "recency_decay",
    ),
    [(*case, False)[:6] for case in CASES],
)
def test_the_loss_and_its_gradient_are_those_of_the_definition(
    prepared,
    user_tower,
    loss,
    negatives,
    frozen_stages,
    item_embeddings,
    recency_decay,
):
    training, batch, oracle = prepared(
        user_tower=user_tower,
        item_embeddings=item_embeddings,
        loss=loss,
        bpr_weight=0.5 if loss == "softmax" else 0.0,
        negatives=negatives,
        frozen_stages=frozen_stages,
        recency_decay=recency_decay,
    )
    variables = training.model.trainable_variables
    with tf.GradientTape() as tape:
        result = training.loss(*training.losses(batch))
    gradients = tape.gradient(
        result,
        [weight.value for weight in variables],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    weights = {
        short(weight.path): np.array(weight.numpy(), np.float64)
        for weight in variables
    }
    np.testing.assert_allclose(result, oracle.loss(weights), rtol=1e-5)

    rng = np.random.default_rng(4)
    for variable, gradient in zip(variables, gradients, strict=True):
        tensor = weights[short(variable.path)]
        dense = tf.convert_to_tensor(gradient).numpy()
        # Some of the large tensors, all of the small ones.
        for index in rng.permutation(tensor.size)[:12]:
            place = np.unravel_index(index, tensor.shape)
            expected = difference(oracle, weights, tensor, place)
            assert dense[place] == pytest.approx(
                expected, rel=1e-3, abs=1e-5
            ), (variable.path, place)


def difference(oracle, weights, tensor, place, step=1e-5):
    """Central difference of the loss by one weight."""
    middle = tensor[place]
    values = []
    for changed in (middle + step, middle - step):
        tensor[place] = changed
        values.append(oracle.loss(weights))
    tensor[place] = middle
    return (values[0] - values[1]) / (2 * step)


@pytest.mark.parametrize(
    ("user_tower", "item_embeddings"), [("id", 0), ("history", 1), ("both", 1)]
)
def test_scores_and_users_are_those_of_the_definition(
    prepared, monkeypatch, user_tower, item_embeddings
):
    training, batch, oracle = prepared(
        user_tower=user_tower,
        item_embeddings=item_embeddings,
        loss="bpr",
        negatives="mixed",
        frozen_stages=0,
    )
    seen = []

    def spy(labels, scores):
        seen.append((scores.numpy(), labels.numpy()))
        return scores[:, 0]

    monkeypatch.setattr(training, "_candidate_loss", spy)
    _, users = training.losses(batch)
    weights = {
        short(weight.path): weight.numpy() for weight in training.model.weights
    }
    fresh = oracle.fresh(weights)
    passed, negatives = oracle.batch["item"], oracle.batch["negatives"]
    pairs = list(oracle.pairs())
    assert len(users) == len(pairs) > BATCH["batch_size"]
    # First the photos of the batch among themselves, then all by the bank.
    for (scores, labels), features, drawn in zip(
        seen,
        (fresh, oracle.kept),
        (passed, [*passed, *negatives]),
        strict=True,
    ):
        candidates = list(dict.fromkeys(drawn))
        for row, (user, item) in enumerate(pairs):
            theta = oracle.theta(weights, fresh, user, item)
            np.testing.assert_allclose(users[row], theta, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(
                scores[row],
                [oracle.score(weights, features, theta, j) for j in candidates],
                rtol=1e-3,
                atol=1e-5,
            )
            np.testing.assert_array_equal(
                labels[row],
                [
                    1 if j == item else 0 - (j in oracle.train[user])
                    for j in candidates
                ],
            )


def test_the_item_to_be_predicted_is_left_out_of_the_history(prepared):
    """What changes with its vector is everybody's theta but its own pairs'."""
    training, batch, oracle = prepared(
        user_tower="history",
        item_embeddings=1,
        loss="bpr",
        negatives="mixed",
        frozen_stages=0,
    )
    pairs = list(oracle.pairs())
    _, before = training.losses(batch)
    factors = training.model.item_embedding.history_vectors
    changes = []
    for changed in {item for _, item in pairs}:
        old = factors.numpy()
        new = old.copy()
        new[changed] += 1.0
        factors.assign(new)
        _, after = training.losses(batch)
        factors.assign(old)
        for row, (user, item) in enumerate(pairs):
            differs = not np.allclose(before[row], after[row], atol=1e-5)
            in_history = changed in oracle.train[user] and changed != item
            assert differs == in_history
            changes.append(differs)
    assert {True, False} == set(changes)
