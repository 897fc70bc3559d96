"""The client and its command line, against a real model and fake failures."""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.client import recommender_client as client_module
from serving.client.cli import main
from serving.client.errors import ServingError
from serving.client.grpc_options import MAX_MESSAGE_BYTES
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import ItemInfo
from serving.local_server.server import ModelServer

# The model of conftest.py, by hand: item vectors, people's vectors.
ITEMS = ["shirt,1", "шапка", "帽子", "robe", "jean", "sock"]
ANN = ["robe", "shirt,1", "sock", "шапка"]
ANN_SCORES = [4.0, 3.0, 3.0, 1.0]
AVERAGE_VECTOR = [4 / 3, 1, 5 / 3, 0]
AVERAGE = ["sock", "jean", "robe", "帽子"]
AVERAGE_SCORES = [3.0, 8 / 3, 7 / 3, 5 / 3]


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[RecommenderClient]:
    with RecommenderClient(server.address) as opened:
        yield opened


def test_recommend_known_and_unknown_users(client: RecommenderClient) -> None:
    found = client.recommend(["ann", "nobody"])
    assert found.item_ids == [ANN, AVERAGE]
    np.testing.assert_allclose(
        found.scores, [ANN_SCORES, AVERAGE_SCORES], rtol=1e-6
    )
    assert found.known.tolist() == [True, False]


def test_recommend_leaves_out_each_users_own_items(
    client: RecommenderClient,
) -> None:
    found = client.recommend(
        ["ann", "ann", "ann"],
        [["robe", "шапка", "帽子"], [], ["shirt,1"]],
    )
    assert found.item_ids == [
        ["shirt,1", "sock", "jean", ""],
        ANN,
        ["robe", "sock", "шапка", "jean"],
    ]


def test_recommend_with_nothing_to_leave_out(client: RecommenderClient) -> None:
    assert client.recommend(["ann"], [[]]).item_ids == [ANN]


def test_recommend_from_each_users_own_categories(
    client: RecommenderClient,
) -> None:
    found = client.recommend(
        ["ann"] * 3, categories=[["hat"], [], ["hat", "top"]]
    )
    assert found.item_ids == [
        ["шапка", "帽子", "", ""],
        ANN,
        ["robe", "shirt,1", "шапка", "帽子"],
    ]
    both = client.recommend(["ann"], [["robe"]], [["top"]])
    assert both.item_ids == [["shirt,1", "", "", ""]]


def test_recommend_of_filters_and_prices(client: RecommenderClient) -> None:
    def ids(**options):
        return client.recommend(["ann", "ann"], **options).item_ids

    assert ids(filters=[["category=hat"], []]) == [
        ["шапка", "帽子", "", ""],
        ANN,
    ]
    assert ids(max_price=19.99)[0] == ["shirt,1", "шапка", "", ""]
    assert ids(min_price=20, max_price=float("inf"))[1] == [
        "robe",
        "sock",
        "jean",
        "",
    ]
    assert ids(categories=[["hat"]] * 2, collapse_variants=True)[0] == [
        "шапка",
        *[""] * 3,
    ]


def test_item_info(client: RecommenderClient) -> None:
    hat, other, unknown = client.item_info(["шапка", "帽子", "unheard-of"])
    assert hat == ItemInfo(
        title="Wool cap",
        description="",
        category="hat",
        price=19.99,
        url="",
        group_id="",
        attributes={"color": "red = bright"},
        known=True,
    )
    assert (other.title, other.price, other.known) == ("", None, True)
    assert (unknown.category, unknown.known) == ("", False)


def test_user_history(client: RecommenderClient) -> None:
    found = client.user_history(["cyd", "ann", "nobody"])
    assert found.item_ids == [["帽子"], [], []]
    assert found.known.tolist() == [True, True, False]
    assert found.version == 7


def test_similar_to_image(client: RecommenderClient, red_png: bytes) -> None:
    found = client.similar_to_image([red_png])
    assert found.item_ids[0][0] in ("shirt,1", "robe", "sock")
    assert found.known.tolist() == [True]
    with pytest.raises(ServingError, match="neither JPEG nor PNG"):
        client.similar_to_image([red_png, b"no photo"])


def test_recommend_for_items(client: RecommenderClient) -> None:
    found = client.recommend_for_items([["shirt,1", "帽子"], ["unheard-of"]])
    # The sum of both is [1, 0, 1, .4].
    assert found.item_ids[0][:2] == ["sock", "jean"]
    np.testing.assert_allclose(found.scores[0][:2], [2.24, 1.2], rtol=1e-6)
    assert found.known.tolist() == [True, False]
    found = client.recommend_for_items(
        [["帽子"]], categories=[["hat", "legs"]], max_price=100
    )
    assert sorted(found.item_ids[0][:3]) == ["jean", "sock", "шапка"]
    assert found.item_ids[0][3:] == [""]
    found = client.recommend_for_items([["帽子"]], exclude_ids=[["шапка"]])
    assert "шапка" not in found.item_ids[0]
    with pytest.raises(ServingError, match=r"There is no category kite\."):
        client.recommend_for_items([["帽子"]], categories=[["kite"]])


def test_recommend_for_text(client: RecommenderClient) -> None:
    found = client.recommend_for_text(["hat", "kite"])
    assert sorted(found.item_ids[0]) == ["", "", *sorted(["шапка", "帽子"])]
    assert found.known.tolist() == [True, False]
    found = client.recommend_for_text(
        ["hat"], user_ids=["ann"], liked_ids=[["帽子"]]
    )
    assert found.item_ids == [["шапка", "", "", ""]]
    found = client.recommend_for_text(["hat"], exclude_ids=[["шапка"]])
    assert found.item_ids == [["帽子", "", "", ""]]
    with pytest.raises(ServingError, match=r"There is no category kite\."):
        client.recommend_for_text(["hat"], categories=[["kite"]])


def test_owned_items_are_left_out_and_are_the_reason(
    client: RecommenderClient,
) -> None:
    found = client.recommend(["cyd", "ann"])
    assert found.item_ids[0] == ["sock", "jean", "shirt,1", "robe"]
    assert found.because_item_ids == [["帽子"] * 4, [""] * 4]
    assert found.because_shares.tolist() == [[1] * 4, [0] * 4]
    both = client.recommend(["cyd"], include_owned=True)
    assert both.item_ids == [["sock", "帽子", "jean", "shirt,1"]]
    hats = client.recommend(["cyd"], [["шапка"]], [["hat"]], include_owned=True)
    assert hats.item_ids == [["帽子", "", "", ""]]


def test_diverse_lists(client: RecommenderClient) -> None:
    found = client.recommend(["ann"], diversity=0.5)
    assert found.item_ids == [ANN[::-1]]


def test_goes_with(client: RecommenderClient) -> None:
    found = client.goes_with(["帽子", "unheard-of"])
    assert found.item_ids[0] == ["sock", "jean", "robe", "shirt,1"]
    assert found.known.tolist() == [True, False]


def test_similar_items(client: RecommenderClient) -> None:
    found = client.similar_items(["帽子", "unheard-of"])
    assert found.item_ids[0][:2] == ["sock", "jean"]
    np.testing.assert_allclose(found.scores[0][:2], [1.18, 1.15], rtol=1e-6)
    assert found.known.tolist() == [True, False]


def test_images(client: RecommenderClient, red_png: bytes) -> None:
    np.testing.assert_allclose(client.embed_images([red_png]), [[1, 0, 0, 0]])
    scores = client.score_images(["ann", "bob"], [red_png, red_png])
    np.testing.assert_allclose(scores, [3, 0])
    assert scores.dtype == np.float32


def test_embed_users(client: RecommenderClient) -> None:
    np.testing.assert_allclose(
        client.embed_users(["bob", "nobody"]),
        [[0, 2, 1, 0], AVERAGE_VECTOR],
        rtol=1e-6,
    )


def test_any_signature_by_its_name(client: RecommenderClient) -> None:
    found = client.predict("similar_items", item_ids=["帽子"])
    assert found["item_ids"][0, 0].decode() == "sock"
    with pytest.raises(ValueError, match="takes item_ids; received user_ids"):
        client.predict("similar_items", user_ids=["ann"])


def test_results_cannot_be_changed(client: RecommenderClient) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        client.recommend(["ann"]).item_ids = []


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda c: c.recommend("ann"), "list of ids; received the string"),
        (lambda c: c.recommend([]), "at least one row"),
        (lambda c: c.recommend(["ann", ""]), "must not hold an empty id"),
        (lambda c: c.recommend(["ann"], []), "received 1 user_ids and 0"),
        (lambda c: c.recommend(["ann"], ["robe"]), "received the string"),
        (lambda c: c.recommend(["ann"], [[""]]), "must not hold an empty id"),
        (lambda c: c.recommend(["a"], None, []), "1 user_ids and 0 categories"),
        (lambda c: c.recommend(["a"], None, ["hat"]), "received the string"),
        (lambda c: c.recommend(["a"], min_price=-1), "numbers from 0 to inf"),
        (lambda c: c.recommend(["a"], filters=[[""]]), "hold an empty id"),
        (lambda c: c.recommend_for_items([]), "at least one row"),
        (lambda c: c.recommend_for_items([[]]), "at least one item"),
        (lambda c: c.recommend_for_text(["a"], ["b", ""]), "1 texts and 2 us"),
        (lambda c: c.recommend_for_text(["a"], None, [[""]]), "an empty id"),
        (lambda c: c.recommend(["a"], diversity=2), "from 0 to 1; received 2"),
        (lambda c: c.recommend(["a"], include_owned=1), "booleans; received 1"),
        (lambda c: c.similar_items([""]), "must not hold an empty id"),
        (lambda c: c.embed_images([]), "at least one row"),
        (lambda c: c.embed_images([b""]), "received b'' in row 0"),
        (lambda c: c.score_images(["ann"], [b"1", b"2"]), "1 user_ids and 2"),
    ],
)
def test_requests_that_make_no_sense_are_not_sent(
    ask: Callable[[RecommenderClient], object], text: str
) -> None:
    with (
        RecommenderClient("127.0.0.1:1") as client,
        pytest.raises(ValueError, match=text),
    ):
        ask(client)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"version": 1, "version_label": "x"}, "not both"),
        ({"deadline_seconds": 0}, "must be positive"),
    ],
)
def test_options_that_make_no_sense(options: dict, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        RecommenderClient("127.0.0.1:1", **options)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (
            {"model": "nobody"},
            grpc.StatusCode.NOT_FOUND,
            "failed with NOT_FOUND: Servable not found for request: "
            "Latest(nobody). Check which models and versions it serves.",
        ),
        (
            {"version": 6},
            grpc.StatusCode.NOT_FOUND,
            "Specific(recommender, 6)",
        ),
        (
            {"version_label": "canary"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "Unrecognized servable version label: canary",
        ),
    ],
)
def test_an_error_is_one_sentence(
    server: ModelServer, options: dict, code: grpc.StatusCode, text: str
) -> None:
    with (
        RecommenderClient(server.address, **options) as client,
        pytest.raises(ServingError) as caught,
    ):
        client.recommend(["ann"])
    assert caught.value.code == code
    assert text in caught.value.message
    assert f"at {server.address}" in caught.value.message


def test_bytes_that_are_no_image(
    server: ModelServer, client: RecommenderClient
) -> None:
    with pytest.raises(ServingError) as caught:
        client.embed_images([b"no image"])
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    message = caught.value.message
    assert message.startswith(
        f"embed_images of model 'recommender' at {server.address} failed with "
        "INVALID_ARGUMENT: Unknown image file format. One of JPEG, "
    )
    assert message.endswith(" required. Check the values that were sent.")


class FakeServer(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """Fails with each of `codes` in turn, then answers with `embeddings`.

    Like TF Serving, its GetModelStatus takes no notice of labels.
    """

    def __init__(self) -> None:
        self.codes: list[grpc.StatusCode] = []
        self.pause = 0.0
        self.calls = 0
        self.embeddings = [[1.0, 2.0]]
        self.states: list[int] = []
        self.labels: list[str] = []

    def Predict(self, request, context):
        self.calls += 1
        time.sleep(self.pause)
        if self.codes:
            context.abort(self.codes.pop(0), "not now")
        response = predict_pb2.PredictResponse()
        response.outputs["embeddings"].CopyFrom(
            tf.make_tensor_proto(self.embeddings)
        )
        return response

    def GetModelMetadata(self, request, context):
        assert list(request.metadata_field) == ["signature_def"]
        label = request.model_spec.version_label
        if self.labels.pop(0) != label:
            context.abort(grpc.StatusCode.NOT_FOUND, f"No version is {label}")
        return get_model_metadata_pb2.GetModelMetadataResponse()

    def GetModelStatus(self, request, context):
        time.sleep(self.pause)
        if not self.states:
            context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any")
        response = get_model_status_pb2.GetModelStatusResponse()
        status = response.model_version_status.add(
            version=3, state=self.states.pop(0)
        )
        if status.state == get_model_status_pb2.ModelVersionStatus.END:
            status.status.error_message = "no variables"
        return response


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    servicer = FakeServer()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        servicer, server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(servicer, server)
    servicer.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield servicer
    server.stop(None)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_a_busy_server_is_retried(fake: FakeServer, code: str) -> None:
    fake.codes = [grpc.StatusCode[code]] * 2
    with RecommenderClient(fake.target) as client:
        embeddings = client.embed_users(["ann"])
    assert embeddings.tolist() == [[1, 2]]
    assert fake.calls == 3


def test_the_budget_covers_all_tries(fake: FakeServer) -> None:
    fake.codes = [grpc.StatusCode.UNAVAILABLE] * 1000
    began = time.monotonic()
    with (
        RecommenderClient(fake.target, deadline_seconds=0.5) as client,
        pytest.raises(ServingError) as caught,
    ):
        client.embed_users(["ann"])
    assert time.monotonic() - began < 1
    assert fake.calls > 2
    assert caught.value.code == grpc.StatusCode.UNAVAILABLE


def test_a_last_try_without_time_does_not_hide_why(fake: FakeServer) -> None:
    fake.codes = [grpc.StatusCode.UNAVAILABLE]
    fake.pause = 0.3
    with (
        RecommenderClient(fake.target, deadline_seconds=0.5) as client,
        pytest.raises(ServingError, match="not now") as caught,
    ):
        client.embed_users(["ann"])
    assert fake.calls == 2
    assert caught.value.code == grpc.StatusCode.UNAVAILABLE


@pytest.mark.slow
def test_a_message_that_is_too_large_is_sent_once(fake: FakeServer) -> None:
    too_large = bytes(MAX_MESSAGE_BYTES)
    fake.embeddings = [[1.0] * (MAX_MESSAGE_BYTES // 4)]
    for ask in (
        lambda client: client.embed_images([too_large]),
        lambda client: client.embed_users(["ann"]),
    ):
        with (
            RecommenderClient(fake.target, deadline_seconds=60) as client,
            pytest.raises(ServingError, match="larger than max") as caught,
        ):
            ask(client)
        assert caught.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert fake.calls == 1


def test_an_answer_that_cannot_be_read(fake: FakeServer) -> None:
    with (
        RecommenderClient(fake.target) as client,
        pytest.raises(ServingError, match="cannot be read: KeyError") as caught,
    ):
        client.recommend(["ann"])
    assert caught.value.code == grpc.StatusCode.INTERNAL


@pytest.mark.parametrize(
    "code", ["INVALID_ARGUMENT", "NOT_FOUND", "INTERNAL", "UNKNOWN"]
)
def test_other_failures_are_final(fake: FakeServer, code: str) -> None:
    fake.codes = [grpc.StatusCode[code]]
    with (
        RecommenderClient(fake.target) as client,
        pytest.raises(ServingError, match=f"failed with {code}: not now. "),
    ):
        client.embed_users(["ann"])
    assert fake.calls == 1


def test_a_slow_server_meets_the_deadline(fake: FakeServer) -> None:
    fake.pause = 1
    began = time.monotonic()
    with (
        RecommenderClient(fake.target, deadline_seconds=0.2) as client,
        pytest.raises(ServingError) as caught,
    ):
        client.embed_users(["ann"])
    assert time.monotonic() - began < 0.9
    assert caught.value.code == grpc.StatusCode.DEADLINE_EXCEEDED
    assert fake.calls == 1


def test_wait_until_ready_waits_for_available(fake: FakeServer) -> None:
    state = get_model_status_pb2.ModelVersionStatus
    fake.states = [state.START, state.LOADING, state.AVAILABLE, state.END]
    with RecommenderClient(fake.target) as client:
        client.wait_until_ready(5)
    assert fake.states == [state.END]


def test_wait_until_ready_tells_the_last_state(fake: FakeServer) -> None:
    fake.states = [get_model_status_pb2.ModelVersionStatus.END] * 1000
    with (
        RecommenderClient(fake.target) as client,
        pytest.raises(ServingError) as caught,
    ):
        client.wait_until_ready(0.3)
    assert caught.value.message == (
        f"Model 'recommender' at {fake.target} was not ready within 0.3 s: "
        "version 3 is END no variables"
    )


def test_wait_until_ready_waits_for_the_version_of_a_label(
    fake: FakeServer,
) -> None:
    fake.states = [get_model_status_pb2.ModelVersionStatus.AVAILABLE]
    fake.labels = ["stable", "canary"]
    with RecommenderClient(fake.target, version_label="canary") as client:
        client.wait_until_ready(5)
    assert fake.labels == []
    fake.labels = ["stable"] * 9
    with (
        RecommenderClient(fake.target, version_label="canary") as client,
        pytest.raises(ServingError, match="No version is canary"),
    ):
        client.wait_until_ready(0.3)


def test_wait_until_ready_ends_in_time(fake: FakeServer) -> None:
    fake.pause = 1.5
    began = time.monotonic()
    with (
        RecommenderClient(fake.target) as client,
        pytest.raises(ServingError, match="not ready within 0.5 s"),
    ):
        client.wait_until_ready(0.5)
    assert time.monotonic() - began < 1


def test_wait_until_ready_of_a_real_server(client: RecommenderClient) -> None:
    client.wait_until_ready(0)


def test_command_recommend(server: ModelServer, capsys) -> None:
    arguments = ["recommend", "--user", "ann", "--count", "2"]
    assert main(["--server", server.address, *arguments]) == 0
    assert capsys.readouterr().out == (
        "For user ann\n"
        "rank  item_id   score  because   share\n"
        "   1  robe     4.0000           0.0000\n"
        "   2  shirt,1  3.0000           0.0000\n"
        "\n"
    )


def test_command_recommend_prints_titles(server: ModelServer, capsys) -> None:
    arguments = ["--server", server.address, "recommend", "--user=ann"]
    arguments += ["--filter=category=hat", "--count=1", "--max_price=20"]
    assert main([*arguments, "--min_price=1", "--collapse_variants"]) == 0
    assert capsys.readouterr().out == (
        "For user ann\n"
        "rank  item_id  title      score  because   share\n"
        "   1  шапка    Wool cap  1.0000           0.0000\n"
        "\n"
    )


def test_command_item_info(server: ModelServer, capsys) -> None:
    arguments = ["--server", server.address, "item-info", "--item=шапка"]
    assert main([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["item_id"], shown["title"]) == ("шапка", "Wool cap")
    assert shown["attributes"] == {"color": "red = bright"}
    assert main([*arguments, "--item=帽子", "--item=robot"]) == 0
    said, header, *rows = capsys.readouterr().out.splitlines()
    assert said == "The model does not know item robot."
    assert [row.split()[0] for row in (header, *rows)] == [
        "item_id",
        "шапка",
        "帽子",
    ]
    assert "Wool cap" in rows[0]
    assert "19.99" in rows[0]
    assert "color=red = bright" in rows[0]
    assert "None" not in rows[1]


def test_command_item_info_of_unknown_items_alone(
    server: ModelServer, capsys
) -> None:
    arguments = ["--server", server.address, "item-info", "--item=robot"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == "The model does not know item robot.\n"


def test_command_of_which_nothing_is_left(server: ModelServer, capsys) -> None:
    arguments = ["--server", server.address, "recommend", "--user=ann"]
    assert main([*arguments, "--min_price=1000"]) == 0
    assert "(no rows)" in capsys.readouterr().out


def test_command_recommend_with_owned_items(
    server: ModelServer, capsys
) -> None:
    arguments = ["recommend", "--user", "cyd", "--json", "--count=1"]
    arguments += ["--include_owned", "--category=hat", "--diversity=0"]
    assert main(["--server", server.address, *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == [
        {"item_id": "帽子", "score": 4.0, "because": "帽子", "share": 1.0}
    ]


def test_flags_of_the_server_stand_before_or_after_the_command(
    server: ModelServer, capsys
) -> None:
    ask = ["recommend", "--user", "ann", "--json"]
    asked = (
        ["--server", server.address, "--version", "7", *ask],
        [*ask, "--server", server.address, "--version", "7"],
        ["--version", "7", *ask, "--server", server.address],
    )
    assert [main(arguments) for arguments in asked] == [0, 0, 0]
    first, *others = capsys.readouterr().out.splitlines()
    assert others == [first] * 2
    assert main(["--server", server.address, *ask, "--version", "6"]) == 1
    assert "Specific(recommender, 6)" in capsys.readouterr().err


def test_command_says_that_the_user_is_unknown(
    server: ModelServer, capsys
) -> None:
    arguments = ["recommend", "--user", "nobody"]
    assert main(["--server", server.address, *arguments]) == 0
    assert capsys.readouterr().out.startswith(
        "The model does not know user nobody; ranking for the average user:\n"
    )


def test_command_json_leaves_padding_out(server: ModelServer, capsys) -> None:
    arguments = ["recommend", "--json", "--user", "ann", "--user", "nobody"]
    for item_id in ("robe", "шапка", "帽子"):
        arguments += ["--exclude", item_id]
    assert main(["--server", server.address, *arguments]) == 0
    ann, nobody = map(json.loads, capsys.readouterr().out.splitlines())
    assert ann["user_id"] == "ann"
    assert ann["known_user"] is True
    assert [item["item_id"] for item in ann["items"]] == [
        "shirt,1",
        "sock",
        "jean",
    ]
    assert nobody["known_user"] is False


def test_command_recommend_of_categories(server: ModelServer, capsys) -> None:
    arguments = ["recommend", "--json", "--user", "ann", "--user", "bob"]
    arguments += ["--category", "hat", "--category", "legs"]
    assert main(["--server", server.address, *arguments]) == 0
    for line in capsys.readouterr().out.splitlines():
        items = {item["item_id"] for item in json.loads(line)["items"]}
        assert items == {"шапка", "帽子", "jean", "sock"}


def test_command_like(server: ModelServer, capsys) -> None:
    arguments = [
        "recommend-for-items",
        "--item",
        "shirt,1",
        "--item",
        "帽子",
        "--json",
    ]
    assert main(["--server", server.address, *arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["liked_ids"] == ["shirt,1", "帽子"]
    assert answer["items"][0]["item_id"] == "sock"


def test_command_recommend_for_text(server: ModelServer, capsys) -> None:
    arguments = ["recommend-for-text", "--text", "hat", "--text", "kite"]
    arguments += ["--user", "ann", "--item", "帽子"]
    assert main(["--server", server.address, *arguments]) == 0
    output = capsys.readouterr().out
    assert "For 'hat'\n" in output
    assert "шапка" in output
    assert "knows no word of 'kite'" in output
    assert main(["--server", server.address, *arguments[:3], "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["known_text"] is True


def test_command_similar(server: ModelServer, capsys) -> None:
    arguments = ["similar", "--item", "帽子", "--item", "unheard-of"]
    assert main(["--server", server.address, *arguments]) == 0
    output = capsys.readouterr().out
    assert "Similar to item 帽子\n" in output
    assert "does not know item unheard-of" in output


def test_command_similar_to_a_photo(
    server: ModelServer, capsys, tmp_path: Path, red_png: bytes
) -> None:
    photo = tmp_path / "red.png"
    photo.write_bytes(red_png)
    arguments = ["--server", server.address, "similar", "--image", str(photo)]
    assert main([*arguments, "--count=2"]) == 0
    title, _, *items, end = capsys.readouterr().out.splitlines()
    assert title == f"Similar to {photo}"
    assert len(items) == 2
    assert end == ""
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["image"] == str(photo)
    assert len(answer["items"]) == 4
    with pytest.raises(SystemExit):
        main([*arguments, "--item", "robe"])
    assert "not allowed with" in capsys.readouterr().err


def test_command_history(server: ModelServer, capsys) -> None:
    arguments = ["--server", server.address, "history", "--user=cyd"]
    assert main([*arguments, "--user=nobody"]) == 0
    assert capsys.readouterr().out == (
        "Items of user cyd\n"
        "rank  item_id\n"
        "   1  帽子\n"
        "\n"
        "The model does not know user nobody:\n"
        "(no rows)\n"
        "\n"
    )
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "user_id": "cyd",
        "known_user": True,
        "items": [{"item_id": "帽子"}],
    }


def test_command_recommend_for_items_names_reasons_by_title(
    server: ModelServer, capsys
) -> None:
    arguments = ["--server", server.address, "recommend-for-items"]
    assert main([*arguments, "--item=шапка", "--count=1"]) == 0
    header, row = capsys.readouterr().out.splitlines()[1:3]
    assert header.index("because") == row.index("Wool cap")
    assert main([*arguments, "--item=шапка", "--count=1", "--json"]) == 0
    [item] = json.loads(capsys.readouterr().out)["items"]
    assert item["because"] == "шапка"
    assert main([*arguments, "--item=帽子", "--category=hat", "--json"]) == 0
    [item] = json.loads(capsys.readouterr().out)["items"]
    assert item["item_id"] == "шапка"


def test_command_goes_with(server: ModelServer, capsys) -> None:
    arguments = ["goes-with", "--item", "帽子", "--count=1"]
    assert main(["--server", server.address, *arguments]) == 0
    assert capsys.readouterr().out == (
        "Goes with item 帽子\nrank  item_id   score\n   1  sock     1.1800\n\n"
    )


def test_command_score(
    server: ModelServer, capsys, tmp_path: Path, red_png: bytes
) -> None:
    photo = tmp_path / "red.png"
    photo.write_bytes(red_png)
    arguments = ["score", "--image", str(photo), "--user", "ann"]
    assert main(["--server", server.address, *arguments, "--user", "bob"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["user_id", "image", "score"],
        ["ann", str(photo), "3.0000"],
        ["bob", str(photo), "0.0000"],
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["score", "--user", "a", "--image", "no.jpg"],
            "Cannot read the image",
        ),
        (["recommend", "--user", ""], "must not hold an empty id"),
        (
            ["--server", "127.0.0.1:1", "recommend", "--user", "a"],
            "Check that a server runs at this address.",
        ),
        (
            ["--server", "no such host:1", "recommend", "--user", "a"],
            "serving_default of model 'recommender' at no such host:1 failed",
        ),
        (
            ["recommend", "--user", "a", "--server", "http://localhost:8500"],
            "without http:// and path; received 'http://localhost:8500'",
        ),
    ],
)
def test_command_errors_are_one_line(
    server: ModelServer, capsys, arguments: list[str], text: str
) -> None:
    options = ["--server", server.address, "--deadline_seconds", "0.5"]
    assert main([*options, *arguments]) == 1
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_command_interrupted(
    server: ModelServer, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RecommenderClient, "wait_until_ready", interrupt)
    assert main(["--server", server.address, "wait"]) == 1
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["recommend"], ["recommend", "--user", "a", "--count", "0"], ["buy"]],
)
def test_command_usage_errors(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m serving.client" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "recommend",
        "recommend-for-items",
        "recommend-for-text",
        "similar",
        "goes-with",
        "history",
        "item-info",
        "score",
    ],
)
def test_help_of_each_command_has_an_example(command: str, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"localhost:8500 {command} --" in shown


# Runs `python -m serving.client`, then tells on the last line which of the
# trainer's rooms it and the server drag in.
_PROGRAM = """
import runpy, sys
try:
    runpy.run_module("serving.client", run_name="__main__", alter_sys=True)
except SystemExit as stop:
    assert stop.code == 0
from atelier.cli.logging_setup import quiet_tensorflow
quiet_tensorflow()
import serving.local_server.server
rooms = {name.partition(".")[0] for name in sys.modules}
print(rooms & {"trainer", "export", "beam_jobs"})
"""


@pytest.mark.slow
@pytest.mark.compat
def test_the_program_is_quiet_and_light(server: ModelServer, our_lines) -> None:
    program = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "--server", server.address]
        + ["recommend-for-items", "--item", "帽子", "--json"],
        cwd=Path(client_module.__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert our_lines(program.stderr) == []
    answer, rooms = program.stdout.splitlines()
    assert json.loads(answer)["known_user"] is True
    assert rooms == "set()"
