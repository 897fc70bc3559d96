"""The designer over gRPC, served as TF Serving does, beside the trainer."""

import pathlib

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from atelier.io.errors import UserError
from atelier.schema import signatures
from atelier.schema.model_versions import BATCHING
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from export import task
from export.publishing import blessing
from export.publishing.designer_golden import designer_examples
from export.publishing.probe_servable import ProbeResult
from export.publishing.version import served_version
from export.servables.image_decoding import decode_images
from export.servables.png import pixels_of
from serving.local_server.server import ModelServer
from trainer.design.design_context import DesignContext
from trainer.design.design_set import NEAREST
from trainer.design.image_editing import ImageEditor
from trainer.design.search_config import SearchConfig
from trainer.gan.trained_gan import load_trained_gan

pytestmark = pytest.mark.compat
SEARCH = SearchConfig(num_starts=3, candidates_per_start=2, steps=2)
SIGNATURES = signatures.SIGNATURES[signatures.DESIGNER]
USERS = ["Käufer, 3", "nobody"]


@pytest.fixture(scope="module")
def version(run_dir, drawing_gan, build_once, garment_masks):
    def export(folder):
        flags = [
            f"--run_dir={run_dir}", f"--gan_run_dir={drawing_gan}",
            f"--model_dir={folder}/models",
            f"--num_starts={SEARCH.num_starts}", f"--steps={SEARCH.steps}",
            f"--candidates_per_start={SEARCH.candidates_per_start}",
            "--composed_designs=6",
        ]  # fmt: skip
        with garment_masks():
            task.main(["designer", *flags])

    models = build_once("exported_designer", export) / "models"
    return pathlib.Path(served_version(str(models)).path)


@pytest.fixture(scope="module")
def server(version):
    with ModelServer({"designer": version.parent}) as running:
        yield running


@pytest.fixture(scope="module")
def ask(server):
    """Returns ask(signature, **inputs): the outputs by name."""
    with grpc.insecure_channel(server.address) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)

        def predict(signature, **inputs):
            request = predict_pb2.PredictRequest()
            request.model_spec.name = "designer"
            request.model_spec.signature_name = signature
            for name, values in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            outputs = stub.Predict(request, timeout=300).outputs
            return {name: tf.make_ndarray(one) for name, one in outputs.items()}

        yield predict


def test_no_variable_is_in_copy_on_read_mode(version):
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((version / "saved_model.pb").read_bytes())
    graph = model.meta_graphs[0].graph_def
    nodes = [node for one in graph.library.function for node in one.node_def]
    ops = {node.op for node in (*graph.node, *nodes)}
    assert "ReadVariableOp" in ops
    assert not [one for one in ops if one.startswith("ResourceGather")]


def test_ids_are_stored_once(version):
    ids = "Größe, 3-0".encode()
    holds = [
        path.name
        for path in version.rglob("*")
        if path.is_file() and ids in path.read_bytes()
    ]
    assert holds == ["items.txt"]


@pytest.fixture(scope="module")
def context(run_dir, drawing_gan):
    return DesignContext.load([run_dir], load_trained_gan(drawing_gan), SEARCH)


def thetas(context):
    """The vectors of `USERS`."""
    width = context.trained.visual_vectors.shape[1]
    return [
        context.user_vector(context.user(USERS[0])),
        context.trained.user_vectors.mean(axis=0)[:width],
    ]


def check_pixels(png, image):
    """The PNG is the image, float [size, size, 3] in [-1, 1]."""
    pixels = tf.io.decode_png(png).numpy().astype(np.float32)
    assert np.abs(pixels - (image + 1) * 127.5).max() <= 1


def seeds(*values):
    return np.array(values, np.int64)


def test_signatures_are_those_of_the_table(version):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(
            session, [tf.saved_model.SERVING], str(version)
        )

    def specs(tensors):
        return {
            name: (
                tf.dtypes.as_dtype(one.dtype).name,
                [dimension.size for dimension in one.tensor_shape.dim],
            )
            for name, one in tensors.items()
        }

    for name, signature in SIGNATURES.items():
        result = loaded.signature_def[name]
        for tensors, rows, size in (
            (signature.inputs, specs(result.inputs), -1),
            (signature.outputs, specs(result.outputs), NEAREST),
        ):
            assert rows == {
                one.name: (one.dtype, [-1, size][: len(one.shape)])
                for one in tensors
            }


def test_the_version_holds_metadata_and_warm_up_requests(version, drawing_gan):
    metadata = served_version(str(version.parent)).metadata
    assert metadata["model"] == "designer"
    assert metadata["gan_run"]["run_dir"] == drawing_gan
    assert metadata["search"]["num_starts"] == SEARCH.num_starts
    requested = {
        one.model_spec.signature_name
        for one in read_warm_up(f"{version}/{WARM_UP}")
    }
    assert requested == set(SIGNATURES)
    assert metadata["composed_designs"] == 6


def test_random_designs_are_those_of_the_trainer(ask, context):
    result = ask("serving_default", category=["hat", "shoe"], seed=seeds(5, -2))
    for row, (name, seed) in enumerate([("hat", 5), ("shoe", -2)]):
        category_items = context.category_items(name)
        images = context.random_images(category_items.category, 1, (seed, 0))
        check_pixels(result["image_bytes"][row], images[0])
        scores = context.gan.discriminator(
            images, np.array([category_items.category])
        )
        assert result["realism"][row] == pytest.approx(
            category_items.scale.realism(scores.numpy())[0], rel=1e-3, abs=1e-4
        )


@pytest.mark.slow
def test_designs_for_users_match_the_trainer(ask, context):
    result = ask(
        "design", user_id=USERS, category=["shoe", "hat"], seed=seeds(1, 2)
    )
    assert result["known_user"].tolist() == [True, False]
    design = tf.function(context.designer.design, reduce_retracing=True)
    interactions = context.trained.interactions
    visual = context.trained.visual_vectors
    for row, (name, theta) in enumerate(
        zip(["shoe", "hat"], thetas(context), strict=True)
    ):
        category_items = context.category_items(name)
        expected = design(category_items.request(theta, row + 1))
        check_pixels(result["image_bytes"][row], expected.images[0].numpy())
        for output, values in (
            ("preference", expected.preferences),
            ("realism", expected.realism),
        ):
            assert result[output][row] == pytest.approx(
                float(values[0]), rel=1e-2, abs=1e-3
            )
        embedding = category_items.preference.embed_many(
            expected.images.numpy()
        )[0]
        cosines = visual[category_items.items] @ embedding
        cosines /= np.linalg.norm(visual[category_items.items], axis=1)
        nearest = category_items.items[np.argsort(-cosines)[:5]]
        assert [one.decode() for one in result["nearest_item_ids"][row]] == [
            interactions.item_ids[item] for item in nearest
        ]


def test_of_all_starts_the_best_is_the_answer(context):
    designer, category_items = context.designer, context.category_items("hat")
    request = category_items.request(thetas(context)[0], 7)
    every = designer.find(tf.range(SEARCH.num_starts), request)
    worth = (
        every.preferences / request.spread
        - designer.search.realism * tf.minimum(every.realism, 0.0) ** 2
    )
    best = int(tf.argmax(worth))
    result = designer.design(request)
    assert result.images.shape[0] == 1
    assert result.w[0].numpy() == pytest.approx(every.w[best].numpy(), abs=1e-5)


@pytest.mark.slow
def test_restyled_images_match_the_trainer(ask, context):
    category_items = context.category_items("hat")
    jpeg = context.ensemble.photos.jpeg(int(category_items.items[1]))
    strength = np.array([1.0, 0.25], np.float32)
    result = ask(
        "restyle", user_id=USERS, image_bytes=[jpeg] * 2,
        category=["hat"] * 2, strength=strength,
    )  # fmt: skip
    assert result["known_user"].tolist() == [True, False]
    (photo,), _ = decode_images(
        tf.constant([jpeg]), context.gan.image_size, context.run.resize
    )
    restyler = ImageEditor(context.designer)
    for row, theta in enumerate(thetas(context)):
        expected = restyler.restyle_in_graph(
            photo / 127.5 - 1.0, category_items.request(theta, 0), strength[row]
        )
        preferences = expected.path.preferences.numpy()
        for name, value in (
            ("preference_input", expected.photo_preference),
            ("preference_before", preferences[0]),
            ("preference_after", preferences[-1]),
        ):
            assert result[name][row] == pytest.approx(
                float(value), rel=0.02, abs=2e-3
            )
        image = tf.io.decode_png(result["image_bytes"][row]).numpy()
        drawn = (expected.path.images[-1].numpy() + 1) * 127.5
        assert np.abs(image - drawn).mean() < 2


def test_a_row_has_nothing_to_do_with_the_others(ask):
    together = ask(
        "design", user_id=[*USERS, USERS[0]], category=["hat", "shoe", "hat"],
        seed=seeds(1, 1, 9),
    )  # fmt: skip
    alone = ask("design", user_id=USERS[:1], category=["hat"], seed=seeds(9))
    # Items of nearly equal similarity may change places.
    for answer in (together, alone):
        answer["nearest_item_ids"] = np.sort(answer["nearest_item_ids"], axis=1)
    for name, values in alone.items():
        assert np.array_equal(together[name][2:], values)
    assert len(set(together["image_bytes"])) == 3


@pytest.mark.parametrize("signature", SIGNATURES)
def test_an_empty_batch_has_an_empty_answer(ask, signature):
    tensors = SIGNATURES[signature]
    empty = {
        one.name: tf.zeros([0], one.dtype).numpy() for one in tensors.inputs
    }
    result = ask(signature, **empty)
    assert set(result) == {one.name for one in tensors.outputs}
    assert {values.shape[0] for values in result.values()} == {0}


PNG = tf.io.encode_png(np.zeros((4, 4, 3), np.uint8)).numpy()


@pytest.mark.parametrize(
    ("signature", "inputs", "errors"),
    [
        (
            "serving_default",
            {"category": ["hat", "kite"], "seed": seeds(0, 1)},
            ["", "There is no category kite; the designer has hat, shoe."],
        ),
        (
            "design",
            {
                "user_id": ["x"] * 2,
                "category": ["", "hat"],
                "seed": seeds(0, 0),
            },
            ["There is no category ; the designer has hat, shoe.", ""],
        ),
        (
            "compose",
            {
                "user_id": ["x"] * 3,
                "category": ["shoe", "kite", "hat"],
                "seed": seeds(0, 0, 0),
                "boldness": np.float32([1, 1, 2]),
            },
            [
                "",
                "There is no category kite; the designer has hat, shoe.",
                "boldness must be from 0 to 1, got 2.",
            ],
        ),
        (
            "restyle",
            {
                "user_id": ["x"] * 6,
                "image_bytes": [PNG, PNG, b"no photo", PNG[:-20], PNG, PNG],
                "category": ["hat"] * 4 + ["kite", "hat"],
                "strength": np.float32([1.5, np.nan, 0.5, 0.5, 0.5, 0.5]),
            },
            [
                "strength must be from 0 to 1, got 1.5.",
                "strength must be from 0 to 1, got nan.",
                "The bytes that were sent are neither JPEG nor PNG.",
                "The photo is broken or cut off: it cannot be decoded.",
                "There is no category kite; the designer has hat, shoe.",
                "",
            ],
        ),
        (
            "recolor",
            {
                "user_id": ["x"] * 2,
                "image_bytes": [PNG, b"no photo"],
                "cloth_item_id": ["kite", ""],
                "strength": np.float32([0.5, 0.5]),
            },
            [
                "The designer has no cloth of an item kite; send an empty "
                "cloth_item_id for the cloth that the user likes most.",
                "The bytes that were sent are neither JPEG nor PNG.",
            ],
        ),
    ],
)
def test_a_row_that_cannot_be_drawn_says_why(ask, signature, inputs, errors):
    result = ask(signature, **inputs)
    assert [one.decode() for one in result["error"]] == errors
    drawn = [bool(image) for image in result["image_bytes"]]
    assert drawn == [not error for error in errors]


def test_uneven_inputs_are_rejected_in_one_sentence(ask):
    with pytest.raises(grpc.RpcError) as error:
        ask("design", user_id=["x", "y"], category=["hat"], seed=seeds(0))
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert (
        "The inputs category, seed, user_id must have the same number of rows, "
        "got [1 1 2]." in error.value.details()
    )


def test_a_composed_design_is_scored_by_its_image(ask, context):
    found = ask(
        "compose",
        user_id=USERS,
        category=["hat", "shoe"],
        seed=seeds(0, 1),
        boldness=np.float32([0, 0.5]),
    )
    assert found["known_user"].tolist() == [True, False]
    images = pixels_of(found["image_bytes"]) / 127.5 - 1.0
    assert images.shape[1:] == (32, 32, 3)
    embeddings = context.ensemble.preference(32).embed_many(images)
    scores = (embeddings * np.stack(thetas(context))).sum(axis=1)
    np.testing.assert_allclose(found["preference"], scores, atol=0.05)
    item_ids = [one.encode() for one in context.trained.interactions.item_ids]
    for name in ("cut_item_id", "cloth_item_id"):
        assert set(found[name]) <= set(item_ids)
    assert (found["cut_item_id"] != found["cloth_item_id"]).all()


def test_its_calls_are_not_batched(version):
    assert not (version / BATCHING).exists()


@pytest.mark.slow
def test_a_design_is_validated_by_nearest_items_and_objective(
    ask, context, monkeypatch
):
    categories = [
        context.category_items(name) for name in context.gan.categories
    ]
    examples = designer_examples(context, categories)
    random = [one for one in examples if one.signature == "serving_default"]
    assert [one.inputs["category"][0] for one in random] == ["hat", "shoe"]
    (example,) = (one for one in examples if one.signature == "design")
    right = ask("design", **example.inputs)

    def refusal(**others):
        probe = ProbeResult({}, set(), [{**right, **others}], [])
        monkeypatch.setattr(blessing, "probe_in_subprocess", lambda _: probe)
        try:
            blessing.bless("version", [example], {})
        except UserError as error:
            return str(error)

    assert refusal() is None
    ids = context.trained.interactions.item_ids
    shoes = [ids[item].encode() for item in categories[1].items[:5]]
    nearest = np.array([shoes], object)
    words = "nearest_item_ids of design differ"
    assert words in refusal(nearest_item_ids=nearest)
    assert words in refusal(nearest_item_ids=right["nearest_item_ids"][:, :4])
    request = categories[0].request(context.user_vector(0), 0)
    designer = context.designer
    drawn = designer.draw(designer.random(64, (3, 3)), request)
    worst = int(tf.argmin(designer.worth(drawn, request)))
    # This GAN draws nearly the same each time.
    monkeypatch.setattr("export.publishing.designer_golden.MAX_LOSS", 0.0)
    pixels = tf.cast((drawn.images[worst] + 1) * 127.5, tf.uint8)
    assert "gains of design differ" in refusal(
        image_bytes=np.array([tf.io.encode_png(pixels).numpy()], object),
        preference=drawn.preferences[worst : worst + 1].numpy(),
        realism=drawn.realism[worst : worst + 1].numpy(),
    )


def test_without_masks_and_gan_there_is_nothing_to_serve(run_dir, tmp_path):
    with pytest.raises(UserError, match="no masks.*gan_run_dir to the run"):
        task.main(
            ["designer", f"--run_dir={run_dir}", f"--model_dir={tmp_path}"]
        )
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_run_that_is_no_gan(run_dir, tmp_path):
    with pytest.raises(UserError, match="is a run of `trainer.task recomm"):
        task.main(
            [
                "designer", f"--run_dir={run_dir}", f"--gan_run_dir={run_dir}",
                f"--model_dir={tmp_path}",
            ]
        )  # fmt: skip
    assert list(pathlib.Path(tmp_path).iterdir()) == []
