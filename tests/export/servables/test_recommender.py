"""The servable, loaded in a process without our code."""

import dataclasses
import pathlib
import shutil
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema import signatures
from atelier.schema.catalog_files import ITEMS
from atelier.schema.catalog_files import SUMMARY
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from export.index.boosts import Boost
from export.index.mmr import mmr
from export.index.top_k import NO_SCORE
from export.publishing.blessing import probe_in_subprocess
from export.publishing.golden_reasons import reason_shares
from export.publishing.golden_request import Example
from export.publishing.publish_recommender import export_recommender
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import served_version
from export.publishing.write_warmup import write_warm_up
from export.servables.product_data import without_image
from export.servables.recommender import RecommenderServable
from export.servables.recommender import recommender_signatures
from trainer.data.item_content import load_item_content
from trainer.data.items import read_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

SIGNATURES = signatures.SIGNATURES[signatures.RECOMMENDER]
USERS = ["Käufer, 3", "nobody", "Käufer, 0"]
LIKED = ["Größe, 3-0", "Größe, 3-4"]
OWN = [f"Größe, 3-{index}" for index in range(9)]
STRAY = "stray 0"
DTYPES = {
    "include_owned": bool,
    "collapse_variants": bool,
    **dict.fromkeys(("diversity", "min_price", "max_price"), np.float32),
}
BAD_PHOTOS = [b"no photo", b"\xff\xd8\xff"]
NO_REQUEST = {
    "user_id": USERS[0],
    "categories": ["", ""],
    "exclude_ids": [""],
    "filters": ["", ""],
    "min_price": 0.0,
    "max_price": np.inf,
    "include_owned": False,
    "diversity": 0.0,
    "collapse_variants": False,
}
REQUESTS = [
    {"categories": ["shoe", ""], "exclude_ids": [STRAY]},
    {"exclude_ids": [STRAY]},
    {"categories": ["hat", "shoe"]},
    {"categories": ["hat", "tie"]},
    {"include_owned": True},  # And all but the things of `OWN` are excluded.
    {"diversity": 0.5},
    {"diversity": np.nan},
    {"categories": ["hat", ""], "min_price": 12.0, "max_price": 51.0},
    {"filters": ["category=shoe", "category=shoe"]},
    {"collapse_variants": True},
    {"collapse_variants": True, "include_owned": True, "max_price": 60.0},
    {"filters": ["color=red", ""]},
    {"min_price": 2.0, "max_price": 1.0},
]
"""Rows of one batch of `recommend_filtered`."""
NARROWING = ("categories", "exclude_ids", "filters", "min_price", "max_price")
WORDS = {"user_id": "", "text": "shoe", "liked_ids": [""]}
LIKES = {"liked_ids": LIKED}
NARROWED = [
    {"categories": ["hat", ""]},
    {"filters": ["category=hat", ""], "max_price": 51.0},
    {"exclude_ids": [STRAY]},
    {"categories": ["tie", ""]},
    {"min_price": 2.0, "max_price": 1.0},
    {"min_price": -1.0},
    {},
]
"""Rows of one batch of `recommend_for_text`, and of likes."""


@pytest.fixture(
    scope="module",
    # The hybrid has all ops of the other, which the whole way serves too.
    params=["paper", pytest.param("hybrid", marks=pytest.mark.compat)],
)
def version(request, build_once):
    """Of each kind of model, a run and its exported version."""
    if request.param == "paper":
        return request.getfixturevalue("run_dir"), request.getfixturevalue(
            "exported"
        )
    run_dir = request.getfixturevalue("hybrid_run_dir")

    def export(folder):
        export_recommender(
            run_dir,
            str(folder / "models"),
            RecommenderOptions(top_k=10),
            better_than="none",
        )

    folder = build_once("exported_hybrid", export)
    exported = served_version(str(folder / "models")).path
    return run_dir, pathlib.Path(exported)


@pytest.fixture(scope="module")
def trained(version):
    """The run, loaded."""
    return load_recommender(Run.load(version[0], RecommenderConfig))


def requests_of(trained):
    """Returns the signature and inputs of each answer, by its name."""
    interactions, photos = trained.interactions, trained.images.read([0, 5])
    everything = [*interactions.item_ids, ""]
    others = sorted(set(interactions.item_ids) - set(OWN))
    requests = [{**NO_REQUEST, **row} for row in REQUESTS]
    requests[4]["exclude_ids"] = others
    for row in requests:
        excluded = row["exclude_ids"]
        row["exclude_ids"] = excluded + [""] * (len(others) - len(excluded))
    return {
        "narrowed": ("recommend_for_text", narrowed(WORDS)),
        "narrowed likes": ("recommend_for_items_filtered", narrowed(LIKES)),
        "recommend": ("serving_default", {"user_id": USERS}),
        "excluding": (
            "recommend_excluding",
            {"user_id": USERS[:1], "exclude_ids": [everything[4:]]},
        ),
        "filtered": (
            "recommend_filtered",
            {name: [row[name] for row in requests] for name in NO_REQUEST},
        ),
        "liked": (
            "recommend_for_items",
            {"liked_ids": [[*LIKED, "unheard of"], ["what?", "", ""]]},
        ),
        "similar": ("similar_items", {"item_id": [LIKED[0], "what?"]}),
        "look": (
            "similar_to_image",
            {"image_bytes": [photos[5], *BAD_PHOTOS]},
        ),
        "owned": ("user_history", {"user_id": USERS}),
        "info": ("item_info", {"item_id": [LIKED[0], STRAY, "what?"]}),
        "described": (
            "recommend_for_text",
            {
                "user_id": [USERS[0], "", "nobody", ""],
                "text": ["Shoe, red", "shoe", "", "kite"],
                "liked_ids": [["", ""], ["", ""], LIKED, ["what?", ""]],
                **{name: [NO_REQUEST[name]] * 4 for name in NARROWING},
            },
        ),
        "suiting": ("goes_with", {"item_id": [LIKED[0]]}),
        "images": (
            "embed_images",
            {"image_bytes": [photos[5], photos[0], *BAD_PHOTOS]},
        ),
        "users": ("embed_users", {"user_id": USERS}),
        "scores": (
            "score_images",
            {
                "user_id": [*USERS[:2], USERS[0]],
                "image_bytes": [photos[5]] * 2 + BAD_PHOTOS[:1],
            },
        ),
    }


def narrowed(inputs):
    """Returns the inputs of a batch: `NARROWED`, with other inputs."""
    nothing = {name: NO_REQUEST[name] for name in NARROWING}
    rows = [{**nothing, **inputs, **row} for row in NARROWED]
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="module")
def answers(version, trained, tmp_path_factory):
    """Answers by name, and the signatures."""
    asked = requests_of(trained)
    version_dir = tmp_path_factory.mktemp("asked") / "1"
    shutil.copytree(version[1], version_dir)
    examples = [
        Example(
            signature,
            {
                name: np.array(rows, DTYPES.get(name, object))
                for name, rows in inputs.items()
            },
        )
        for signature, inputs in asked.values()
        if signature in names(trained)
    ]
    write_warm_up(str(version_dir), "recommender", examples)
    found = probe_in_subprocess(str(version_dir))
    kept = [one for one in asked if asked[one][0] in names(trained)]
    by_name = dict(zip(kept, found.answers, strict=True))
    return by_name, found.signatures


def names(trained):
    """The signatures of the model, which may not read text."""
    return [
        name
        for name in SIGNATURES
        if trained.text_search or name != "recommend_for_text"
    ]


def people(trained):
    """The vectors of `USERS`; who is unknown has the mean."""
    ids, users = trained.interactions.user_ids, trained.user_vectors
    return np.array(
        [
            users[ids.index(one)] if one in ids else users.mean(axis=0)
            for one in USERS
        ]
    )


def scores_of(trained):
    """Scores of the catalogue for `USERS`, [users, items]."""
    ids, score = trained.interactions.user_ids, trained.scorer()
    return [
        score(np.array([ids.index(one)]))[0]
        if one in ids
        else trained.item_vectors @ theta
        for one, theta in zip(USERS, people(trained), strict=True)
    ]


def owned_by(trained, user_id):
    """Ids of the training items of a user; unknown users have none."""
    ids, items = trained.interactions.user_ids, trained.interactions.item_ids
    if user_id not in ids:
        return []
    train = trained.interactions.train[ids.index(user_id)]
    return [items[item] for item in train]


def texts(row):
    return [one.decode() for one in row]


def best(scores, interactions, without=()):
    order = np.argsort(-scores)
    ids = [interactions.item_ids[index] for index in order]
    return [one for one in ids if one not in without][:10]


def specs(tensors, **dims):
    """Returns the dtypes and shapes of tensors of the table."""
    return {
        one.name: (one.dtype, [dims.get(name, -1) for name in one.shape])
        for one in tensors
    }


def test_signatures_are_those_of_the_table(answers, trained):
    width = trained.user_vectors.shape[1]
    assert width == (9 if trained.encoder.has_bias else 8)
    sizes = {"k": 10, "dim": width, "n": 1, "50": 50}
    assert answers[1] == {
        name: (
            specs(SIGNATURES[name].inputs),
            # Of the attributes, which no item has, there is the padding.
            specs(SIGNATURES[name].outputs, **sizes),
        )
        for name in names(trained)
    }


@pytest.fixture(scope="module")
def model(version):
    """The version, loaded."""
    return tf.saved_model.load(str(version[1]))


def test_without_images_or_words_signatures_are_missing():
    trained = mock.Mock(text_search=None)
    trained.item_tower.image_dim = 0
    missing = {
        "recommend_for_text",
        "similar_to_image",
        "score_images",
        "embed_images",
    }
    assert set(recommender_signatures(trained)) == set(SIGNATURES) - missing


def test_an_empty_batch_has_an_empty_answer(model, trained):
    """Also where oneDNN fuses convolutions, which fail on zero rows."""
    for name in names(trained):
        signature = SIGNATURES[name]
        empty = {
            one.name: tf.zeros([0] * len(one.shape), one.dtype)
            for one in signature.inputs
        }
        found = model.signatures[name](**empty)
        assert set(found) == {one.name for one in signature.outputs}
        assert {values.shape[0] for values in found.values()} == {0}, name


def test_uneven_inputs_are_rejected_in_one_sentence(model):
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="inputs image_bytes, user_id must have the same number of rows, "
        r"got \[1 2\]\.",
    ):
        model.signatures["score_images"](
            user_id=tf.constant(["a", "b"]), image_bytes=tf.constant(["x"])
        )


def test_nothing_is_stored_twice(version):
    reader = tf.train.load_checkpoint(str(version[1] / "variables/variables"))
    large = [
        reader.get_tensor(name).tobytes()
        for name, shape in reader.get_variable_to_shape_map().items()
        if np.prod(shape) > 500
    ]
    assert len(set(large)) == len(large)
    ids = LIKED[0].encode()
    holds = [
        path.name
        for path in version[1].rglob("*")
        if path.is_file() and ids in path.read_bytes()
    ]
    # TF Serving does not load the catalog folder.
    assert sorted(holds) == [SUMMARY, ITEMS, "items.txt"]


def test_warm_up_asks_every_signature(version, trained):
    requests = read_warm_up(f"{version[1]}/{WARM_UP}")
    asked = {request.model_spec.signature_name for request in requests}
    assert asked == set(names(trained))
    assert {request.model_spec.name for request in requests} == {"recommender"}


def test_warm_up_has_an_image_of_another_size(version, trained):
    """Images of the training size count as prepared and are not cut out."""
    sizes = {
        tuple(tf.io.decode_jpeg(data).shape)
        for request in read_warm_up(f"{version[1]}/{WARM_UP}")
        if request.model_spec.signature_name == "embed_images"
        for data in request.inputs["image_bytes"].string_val
    }
    side = trained.images.image_size
    assert sizes == {(side, side, 3), (2 * side, 2 * side, 3)}


def test_recommend_ranks_as_the_trainer_does(answers, trained):
    interactions, items = trained.interactions, trained.item_vectors
    found = answers[0]["recommend"]
    assert found["known_user"].tolist() == [True, False, True]
    products = people(trained) @ items.T
    remembers = trained.ease is not None
    assert np.allclose(scores_of(trained)[0], products[0]) != remembers
    for row, scores in enumerate(scores_of(trained)):
        owned = owned_by(trained, USERS[row])
        ids = best(scores, interactions, owned)
        assert texts(found["item_ids"][row]) == ids
        np.testing.assert_allclose(
            found["scores"][row],
            [scores[interactions.item_ids.index(one)] for one in ids],
            rtol=1e-3,
        )


def test_reasons_are_the_items_that_add_most(answers, trained):
    ids = trained.interactions.item_ids
    by_embedding = trained.encoder.has_bias  # Only that run has histories.
    for name, row, liked, by_items in (
        ("recommend", 0, owned_by(trained, USERS[0]), by_embedding),
        ("recommend", 1, [], by_embedding),
        ("recommend", 2, owned_by(trained, USERS[2]), by_embedding),
        ("liked", 0, LIKED, True),
        ("liked", 1, [], True),
    ):
        found = {key: values[row] for key, values in answers[0][name].items()}
        places = np.array([ids.index(one) for one in liked], int)
        listed = [ids.index(one) for one in texts(found["item_ids"])]
        best_shares = reason_shares(
            trained, places, np.array(listed, int), by_items
        )
        np.testing.assert_allclose(
            found["because_shares"], best_shares.max(0, initial=0), rtol=1e-3
        )
        for column, because in enumerate(texts(found["because_item_ids"])):
            counts = liked and best_shares[:, column].max() > 0
            expected = liked[best_shares[:, column].argmax()] if counts else ""
            assert because == expected
        assert liked or not any(found["because_shares"])
    assert answers[0]["liked"]["because_shares"][0].any()


def test_held_out_users_are_served_by_their_items(version, trained, model):
    """The run of the paper holds out no users."""
    held_out = trained.held_out_users
    assert (held_out is None) == (trained.ease is None)
    if held_out is None:
        return
    found = model.signatures["serving_default"](
        user_id=tf.constant(held_out.user_ids)
    )
    assert found["known_user"].numpy().all()
    scores = trained.cold_start_scorer(held_out.fold_in_items)
    for row, items in enumerate(held_out.fold_in_items):
        owned = [trained.interactions.item_ids[item] for item in items]
        assert texts(found["item_ids"][row].numpy()) == best(
            scores(np.array([row]))[0], trained.interactions, owned
        )


def test_excluded_items_are_left_out_and_the_rest_padded(answers, trained):
    interactions = trained.interactions
    found = answers[0]["excluding"]
    ids = texts(found["item_ids"][0])
    assert sorted(ids[:4]) == interactions.item_ids[:4]
    assert ids[4:] == [""] * 6
    assert (found["scores"][0, 4:] == np.float32(NO_SCORE)).all()


def test_categories_are_requested_row_by_row(answers, trained, data_dir):
    interactions = trained.interactions
    scores = scores_of(trained)[0]
    categories = np.array(read_items(data_dir, lambda item: item.category))
    shoes = np.where(categories == "shoe", scores, -np.inf)
    owned = owned_by(trained, USERS[0])
    found = answers[0]["filtered"]
    for row, expected in enumerate(
        [
            best(shoes, interactions, [*owned, STRAY]),
            best(scores, interactions, [*owned, STRAY]),
            best(scores, interactions, owned),
        ]
    ):
        assert texts(found["item_ids"][row]) == expected
    assert not set(texts(found["item_ids"][0])) & set(
        np.array(interactions.item_ids)[categories == "hat"]
    )


def test_owned_items_are_listed_on_request(answers, trained):
    scores, owned = scores_of(trained)[0], owned_by(trained, USERS[0])
    ids = [one for one in texts(answers[0]["filtered"]["item_ids"][4]) if one]
    others = set(trained.interactions.item_ids) - set(OWN)
    assert ids == best(scores, trained.interactions, others)
    assert set(owned) < set(ids)


@pytest.fixture(scope="module")
def catalog(data_dir):
    """The items of the data set, without images."""
    return read_items(data_dir, without_image)


def test_requested_attributes_and_prices(answers, trained, catalog):
    scores, owned = scores_of(trained)[0], owned_by(trained, USERS[0])
    found = answers[0]["filtered"]["item_ids"]
    prices = np.array([item.price or 0 for item in catalog])
    categories = np.array([item.category for item in catalog])
    for row, passing in (
        (7, (categories == "hat") & (prices >= 12) & (prices <= 51)),
        (8, categories == "shoe"),
    ):
        requested = np.where(passing, scores, -np.inf)
        ids = best(requested, trained.interactions, owned)
        assert texts(found[row]) == ids
    assert trained.interactions.item_ids == [i.item_id for i in catalog]


def test_variants_of_better_and_owned_items_are_left_out(
    answers, trained, catalog
):
    found = answers[0]["filtered"]["item_ids"]
    scores, owned = scores_of(trained)[0], owned_by(trained, USERS[0])
    for row, hidden, max_price in ((9, owned, np.inf), (10, [], 60)):
        groups = {i.group_id for i in catalog if i.item_id in hidden}
        expected = []
        for index in np.argsort(-scores):
            item = catalog[index]
            is_cheap = max_price == np.inf or (
                item.price is not None and item.price <= max_price
            )
            if is_cheap and (not item.group_id or item.group_id not in groups):
                expected.append(item.item_id)
                groups.add(item.group_id)
        assert texts(found[row]) == expected[:10]


def test_item_info(answers, catalog):
    found = answers[0]["info"]
    items = {item.item_id: item for item in catalog}
    liked, stray = items[LIKED[0]], items[STRAY]
    assert texts(found["url"]) == [liked.url, "", ""]
    assert liked.url == "https://shop/3-0"
    assert texts(found["category"]) == [liked.category, stray.category, ""]
    assert found["price"].tolist() == [liked.price, -1, -1]
    assert texts(found["group_id"]) == [liked.group_id, "", ""]
    for name in ("description", "title"):
        assert texts(found[name]) == [""] * 3
    assert found["attributes"].tolist() == [[b""]] * 3
    assert found["known_item"].tolist() == [True, True, False]


def test_a_diverse_list_is_of_the_best_candidates(answers, trained):
    scores, ids = scores_of(trained)[0], trained.interactions.item_ids
    owned = owned_by(trained, USERS[0])
    order = [one for one in np.argsort(-scores) if ids[one] not in owned][:40]
    unit = trained.visual_vectors
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    picks = mmr(
        scores[None, order], unit[None, order], np.float32([0.5]), 10
    ).numpy()[0]
    found = answers[0]["filtered"]
    assert texts(found["item_ids"][5]) == [ids[order[one]] for one in picks]
    np.testing.assert_allclose(
        found["scores"][5], scores[order][picks], rtol=1e-3
    )
    assert texts(found["item_ids"][5]) != texts(found["item_ids"][2])


def test_all_wishes_in_one_call(version, trained, catalog):
    """Boosts, bounds, variants, diversity and reasons, each by its oracle."""
    run = Run.load(version[0], RecommenderConfig)
    servable = RecommenderServable(run, trained, catalog, k=10)
    ids, owned = trained.interactions.item_ids, owned_by(trained, USERS[0])
    passing = [
        place
        for place, item in enumerate(catalog)
        if item.category == "shoe"
        and item.price is not None
        and 1 <= item.price <= 75
        and item.item_id not in [*owned, LIKED[0]]
    ]
    boosts = {
        **dict(zip(passing[1::3], [Boost(1.0), Boost(-0.5)] * 3, strict=False)),
        passing[0]: Boost(rank=1),
        passing[-1]: Boost(rank=2),
        passing[6]: Boost(rank=-1),
        ids.index(owned[0]): Boost(rank=3),
    }
    servable.boosts.assign(boosts)
    scores, ranks = scores_of(trained)[0].copy(), np.zeros(len(ids), np.int32)
    spread = (trained.item_vectors @ people(trained)[0]).std()
    for place, boost in boosts.items():
        scores[place] += boost.amount * spread
        ranks[place] = boost.rank
    groups = {item.group_id for item in catalog if item.item_id in owned}
    kept = []
    for place in sorted(passing, key=lambda one: (-ranks[one], -scores[one])):
        if catalog[place].group_id not in groups:
            groups.add(catalog[place].group_id)
            kept.append(place)
    unit = trained.visual_vectors
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    picks = mmr(
        scores[None, kept], unit[None, kept], np.float32([0.5]), 10,
        ranks[None, kept],
    )  # fmt: skip
    listed = [kept[pick] for pick in picks.numpy()[0]]
    wishes = {
        "categories": ["shoe"], "filters": ["category=shoe"],
        "exclude_ids": LIKED[:1], "min_price": 1.0, "max_price": 75.0,
        "diversity": 0.5, "collapse_variants": True,
    }  # fmt: skip
    found = servable.recommend_filtered(
        **{
            name: tf.constant(np.array([value], DTYPES.get(name, object)))
            for name, value in {**NO_REQUEST, **wishes}.items()
        }
    )
    assert texts(found["error"].numpy()) == [""]
    assert texts(found["item_ids"][0].numpy()) == [ids[one] for one in listed]
    assert listed[:2] == [passing[-1], passing[0]]
    np.testing.assert_allclose(found["scores"][0], scores[listed], rtol=1e-3)
    places = np.array([ids.index(one) for one in owned])
    by_items = trained.encoder.has_bias
    shares = reason_shares(trained, places, np.array(listed), by_items)
    np.testing.assert_allclose(
        found["because_shares"][0], shares.max(axis=0), rtol=1e-3
    )


def test_a_cold_start_user_is_folded_in(answers, trained):
    interactions = trained.interactions
    users, items = trained.user_vectors, trained.item_vectors
    found = answers[0]["liked"]
    assert found["known_user"].tolist() == [True, False]
    liked = [interactions.item_ids.index(one) for one in LIKED]
    scores = trained.cold_start_scorer(tf.ragged.constant([liked]))([0])[0]
    assert texts(found["item_ids"][0]) == best(scores, interactions, LIKED)
    assert texts(found["item_ids"][1]) == best(
        items @ users.mean(axis=0), interactions
    )


def test_histories_count_by_weight_and_order(version, trained):
    """Also the EASE scores of their items, and the reasons.

    The run of the paper has neither histories nor EASE weights.
    """
    if trained.ease is None:
        return
    interactions, ids = trained.interactions, trained.interactions.item_ids
    weights = np.random.default_rng(0).uniform(
        0.1, 9, len(interactions.train.values)
    )
    weighed = dataclasses.replace(
        trained,
        history_weights=interactions.train.with_values(np.float32(weights)),
        order_exponent=1.5,
    )
    run = Run.load(version[0], RecommenderConfig)
    catalog = read_items(run.data_dir, without_image)
    servable = RecommenderServable(run, weighed, catalog, k=10)
    found = servable.recommend_excluding(
        tf.constant(USERS[:1]), tf.constant([[""]])
    )
    owned = owned_by(trained, USERS[0])
    listed = texts(found["item_ids"][0].numpy())
    assert listed == best(scores_of(weighed)[0], interactions, owned)
    user = interactions.user_ids.index(USERS[0])
    shares = reason_shares(
        weighed,
        interactions.train[user].numpy(),
        np.array([ids.index(one) for one in listed]),
        trained.encoder.has_bias,
        weighed.history_weights[user].numpy(),
    )
    np.testing.assert_allclose(
        found["because_shares"][0],
        shares.max(axis=0),
        rtol=1e-3,
    )
    found = servable.recommend_for_items(tf.constant([["what?", *LIKED, ""]]))
    liked = tf.ragged.constant([[ids.index(one) for one in LIKED]], tf.int64)
    weights = weighed.order_weights(liked)
    score = weighed.cold_start_scorer(liked, weights)
    listed = [ids.index(one) for one in texts(found["item_ids"][0].numpy())]
    shares = reason_shares(
        weighed, liked[0].numpy(), np.array(listed), True, weights[0].numpy()
    )
    np.testing.assert_allclose(
        found["because_shares"][0], shares.max(axis=0), rtol=1e-3
    )
    np.testing.assert_allclose(
        found["scores"][0],
        np.sort(np.delete(score([0])[0], liked[0]))[:-11:-1],
        rtol=1e-4,
    )


def test_words_find_what_they_describe(answers, trained, data_dir):
    """Oracle: cosines of content, plus a fraction of the user's scores."""
    if not trained.text_search:
        assert "described" not in answers[0]
        return
    interactions = trained.interactions
    encoder, found = trained.item_tower.content, answers[0]["described"]
    assert found["known_user"].tolist() == [True, False, False, False]
    assert found["known_text"].tolist() == [True, True, True, False]
    # The attributes, and the text with half their weight.
    weights = np.repeat([1.0, 0.5], encoder.size)
    content = encoder.encode(load_item_content(data_dir)) * weights
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    words = np.array(encoder(tf.constant(["shoe"])))[0] * weights
    cosines = content @ (words / np.linalg.norm(words))
    matches = found["scores"][1]
    np.testing.assert_allclose(matches, np.sort(cosines)[::-1][:10], rtol=1e-3)
    shoes = read_items(data_dir, lambda item: item.category == "shoe")
    ids = np.array(interactions.item_ids)
    assert set(texts(found["item_ids"][1])) <= set(ids[shoes])

    products = trained.user_vectors @ trained.item_vectors.T
    scale = 0.05 / np.sqrt(products.var(axis=1).mean())
    (theta,) = people(trained)[:1]
    scores = cosines + scale * (trained.item_vectors @ theta)
    assert texts(found["item_ids"][0]) == best(scores, interactions)
    np.testing.assert_allclose(
        found["scores"][0], np.sort(scores)[::-1][:10], rtol=1e-3
    )

    liked = [interactions.item_ids.index(one) for one in LIKED]
    (like,) = content[liked].sum(axis=0, keepdims=True)
    scores = content @ (like / np.linalg.norm(like))
    listed = texts(found["item_ids"][2])
    assert not set(listed) & set(LIKED)
    np.testing.assert_allclose(
        found["scores"][2],
        np.sort(np.delete(scores, liked))[::-1][:10],
        rtol=1e-3,
    )
    assert texts(found["item_ids"][3]) == [""] * 10
    assert (found["scores"][3] == np.float32(NO_SCORE)).all()


def passing(data_dir):
    """Which items pass each row of `NARROWED`, bool [rows, items]."""
    items = read_items(data_dir, without_image)
    hats = np.array([item.category == "hat" for item in items])
    cheap = [item.price is not None and item.price <= 51 for item in items]
    other = np.array([item.item_id != STRAY for item in items])
    none = np.zeros_like(hats)
    return np.array([hats, hats & cheap, other, none, none, none, ~none])


def check_errors(errors):
    """Checks the errors of the rows of `NARROWED`."""
    assert errors[3].startswith("There is no category tie; ")
    assert errors[4].startswith("min_price must not be more than max_price")
    assert errors[5].startswith("min_price must be ")
    assert errors[:3] + errors[6:] == [""] * 4


def test_words_are_narrowed_in_the_whole_catalog(answers, trained, data_dir):
    """Also by what no item of the ten best matches passes."""
    if not trained.text_search:
        return
    found = answers[0]["narrowed"]
    ids = np.array(trained.interactions.item_ids)
    for row, eligible in enumerate(passing(data_dir)):
        listed = [one for one in texts(found["item_ids"][row]) if one]
        assert len(listed) == min(10, eligible.sum())
        assert set(listed) <= set(ids[eligible])
        scores = found["scores"][row][: len(listed)]
        assert (np.diff(scores) <= 0).all()
    check_errors(texts(found["error"]))
    assert texts(found["item_ids"][6]) == texts(
        answers[0]["described"]["item_ids"][1]
    )


def test_likes_are_narrowed_in_the_whole_catalog(answers, trained, data_dir):
    """Oracle: the scores of all items, without the liked ones."""
    found = answers[0]["narrowed likes"]
    ids = trained.interactions.item_ids
    liked = [ids.index(one) for one in LIKED]
    scorer = trained.cold_start_scorer(tf.ragged.constant([liked], tf.int64))
    (scores,) = scorer(np.array([0]))
    every = np.arange(len(ids))
    shares = reason_shares(trained, np.array(liked), every, True)
    for row, eligible in enumerate(passing(data_dir)):
        eligible[liked] = False
        order = [item for item in np.argsort(-scores) if eligible[item]][:10]
        num_listed = len(order)
        listed = texts(found["item_ids"][row])
        padding = [""] * (10 - num_listed)
        assert listed == [ids[item] for item in order] + padding
        np.testing.assert_allclose(
            found["scores"][row][:num_listed], scores[order], rtol=1e-3
        )
        assert (found["scores"][row][num_listed:] == NO_SCORE).all()
        np.testing.assert_allclose(
            found["because_shares"][row][:num_listed],
            shares[:, order].max(axis=0),
            rtol=1e-3,
        )
        assert not any(found["because_item_ids"][row][num_listed:])
    check_errors(texts(found["error"]))
    assert found["known_user"].all()


def test_similar_items_by_cosine_without_the_item_itself(answers, trained):
    interactions, items = trained.interactions, trained.visual_vectors
    found = answers[0]["similar"]
    assert found["known_item"].tolist() == [True, False]
    directions = items / np.linalg.norm(items, axis=1, keepdims=True)
    cosines = directions @ directions[interactions.item_ids.index(LIKED[0])]
    assert texts(found["item_ids"][0]) == best(cosines, interactions, LIKED[:1])
    assert texts(found["item_ids"][1]) == [""] * 10


def test_similar_items_of_a_photo_include_the_item_of_the_photo(
    answers, trained
):
    found = answers[0]["look"]
    items = trained.visual_vectors
    directions = items / np.linalg.norm(items, axis=1, keepdims=True)
    cosines = directions @ directions[5]
    ids = best(cosines, trained.interactions)
    assert texts(found["item_ids"][0])[0] == ids[0]
    assert set(texts(found["item_ids"][0])[:5]) == set(ids[:5])
    np.testing.assert_allclose(
        found["scores"][0], np.sort(cosines)[::-1][:10], atol=1e-3
    )


def test_a_broken_photo_has_no_similar_items_and_says_why(answers):
    found = answers[0]["look"]
    assert found["error"][0] == b""
    assert all(found["error"][1:])
    assert not any(map(any, found["item_ids"][1:]))
    assert (found["scores"][1:] == NO_SCORE).all()


def test_the_history_of_a_user_is_that_of_the_training(answers, trained):
    found = answers[0]["owned"]
    assert found["known_user"].tolist() == [True, False, True]
    assert found["item_ids"].shape == (3, signatures.MAX_HISTORY)
    for row, user_id in enumerate(USERS):
        owned = owned_by(trained, user_id)
        padding = [""] * (signatures.MAX_HISTORY - len(owned))
        assert texts(found["item_ids"][row]) == owned + padding


def test_what_goes_with_an_item_is_of_another_category(
    answers, trained, data_dir
):
    items = trained.interactions.item_ids
    categories = read_items(data_dir, lambda item: item.category)
    found = texts(answers[0]["suiting"]["item_ids"][0])
    assert {categories[items.index(one)] for one in found} == {"shoe"}
    assert len(set(found)) == 10


def test_an_image_is_scored_by_content_alone(answers, trained):
    looks = trained.visual_vectors[[5, 0]]
    images = answers[0]["images"]["embeddings"][:2]
    np.testing.assert_allclose(images[:, :8], looks, rtol=1e-3, atol=1e-4)
    assert not images[:, 8:].any()
    thetas = answers[0]["users"]["embeddings"]
    np.testing.assert_allclose(thetas, people(trained), rtol=1e-5)
    np.testing.assert_allclose(
        answers[0]["scores"]["scores"][:2], thetas[:2] @ images[0], rtol=1e-3
    )


def test_a_row_that_is_refused_says_why_and_its_neighbours_are_answered(
    answers,
):
    found = answers[0]["filtered"]
    assert texts(found["error"]) == [
        "", "", "",
        "There is no category tie; the catalog has hat, shoe.",
        "", "",
        "diversity must be from 0 to 1, got nan.",
        "", "", "", "",
        "There is no item with color=red; a filter is NAME=VALUE with one of "
        "the names category.",
        "min_price must not be more than max_price, got 2 and 1.",
    ]  # fmt: skip
    for row in (3, 6, 11, 12):
        assert texts(found["item_ids"][row]) == [""] * 10
        assert (found["scores"][row] == np.float32(NO_SCORE)).all()
    no_photo = "The bytes that were sent are neither JPEG nor PNG."
    broken = "The photo is broken or cut off: it cannot be decoded."
    found = answers[0]["images"]
    assert texts(found["error"]) == ["", "", no_photo, broken]
    assert not found["embeddings"][2:].any()
    found = answers[0]["scores"]
    assert texts(found["error"]) == ["", "", no_photo]
    assert found["scores"][2] == np.float32(NO_SCORE)


def test_the_version_holds_metadata(exported, run_dir):
    metadata = served_version(str(exported.parent)).metadata
    assert metadata["run"]["run_dir"] == run_dir
    assert metadata["run"]["checkpoint"].startswith("ckpt-")
    assert metadata["metrics"] == json_files.read_json(
        run_dir, run_artifacts.METRICS
    )
    assert metadata["catalog"] == {
        "data_dir": metadata["run"]["data_dir"],
        "content_hash": metadata["run"]["content_hash"],
        "items": 82,
    }
    assert metadata["made_by"]["versions"]["tensorflow"] == tf.__version__
