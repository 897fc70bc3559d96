"""Malformed requests by the hundred: a proper status each, the server alive.

FUZZ_REQUESTS=10000 pytest tests/serving/test_fuzz.py sends more of them.
"""

import collections
import http.client
import json
import os
import random
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import predict_pb2

from serving.client import RecommenderClient
from serving.server import ModelServer

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
PREDICT = "/tensorflow.serving.PredictionService/Predict"
INPUTS: list[tuple[str, str, dict[str, Any]]] = [
    ("recommender", "serving_default", {"user_id": ["ann"]}),
    (
        "recommender",
        "recommend_excluding",
        {"user_id": ["ann"], "exclude_ids": [["robe", ""]]},
    ),
    (
        "recommender",
        "recommend_filtered",
        {"user_id": ["ann"], "categories": [["hat"]], "exclude_ids": [[""]]},
    ),
    ("recommender", "recommend_for_items", {"liked_ids": [["robe"]]}),
    ("recommender", "score_images", {"user_id": ["a"], "image_bytes": ["x"]}),
    ("designer", "serving_default", {"category": ["hat"], "seed": [1]}),
    (
        "designer",
        "restyle",
        {
            "user_id": ["ann"],
            "image_bytes": ["x"],
            "category": ["hat"],
            "strength": [0.5],
        },
    ),
]
TEXTS = ["", "nobody", "帽子", "a\0b", "\U0001f457" * 500, "../..", "%00", "{}"]
DTYPES = {"seed": np.int64, "strength": np.float32}


class Fuzz:
    """Draws requests that are wrong in one or more ways."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def message(self) -> bytes:
        """Draws a PredictRequest, or bytes that are none."""
        model, signature, inputs = self.draw.choice(INPUTS)
        request = predict_pb2.PredictRequest()
        request.model_spec.name = model
        request.model_spec.signature_name = signature
        for name, values in inputs.items():
            dtype = DTYPES.get(name)
            request.inputs[name].CopyFrom(
                tf.make_tensor_proto(
                    np.array(values, dtype) if dtype else values
                )
            )
        for _ in range(self.draw.randint(1, 3)):
            self.draw.choice(
                [
                    self._spec,
                    self._tensor,
                    self._tensor,
                    self._tensor,
                    self._names,
                ]
            )(request)
        message = request.SerializeToString()
        return self._bytes(message) if self.draw.random() < 0.2 else message

    def _spec(self, request: predict_pb2.PredictRequest) -> None:
        spec = request.model_spec
        text = self.draw.choice(TEXTS)
        self.draw.choice(
            [
                lambda: request.ClearField("model_spec"),
                lambda: setattr(spec, "name", text),
                lambda: setattr(spec, "signature_name", text),
                lambda: setattr(spec, "version_label", text),
                lambda: setattr(spec.version, "value", self._number()),
                lambda: request.output_filter.append(text),
            ]
        )()

    def _names(self, request: predict_pb2.PredictRequest) -> None:
        if request.inputs and self.draw.random() < 0.5:
            del request.inputs[self.draw.choice(sorted(request.inputs))]
        else:
            name = self.draw.choice(TEXTS)
            request.inputs[name].CopyFrom(tf.make_tensor_proto([1.0]))

    def _tensor(self, request: predict_pb2.PredictRequest) -> None:
        if not request.inputs:
            return
        tensor = request.inputs[self.draw.choice(sorted(request.inputs))]
        change: Callable[[tensor_pb2.TensorProto], object] = self.draw.choice(
            [
                lambda t: setattr(t, "dtype", self.draw.randint(0, 140)),
                lambda t: t.tensor_shape.dim.add(size=self._number()),
                lambda t: t.tensor_shape.ClearField("dim"),
                lambda t: setattr(t.tensor_shape, "unknown_rank", True),
                lambda t: setattr(t, "tensor_content", self._noise()),
                lambda t: t.string_val.append(self._noise()),
                lambda t: t.string_val.append(self.draw.choice(TEXTS).encode()),
                lambda t: t.int64_val.append(self._number()),
                lambda t: t.float_val.append(float("nan")),
                lambda t: t.Clear(),
            ]
        )
        change(tensor)

    def body(self) -> bytes:
        """Draws the body of a REST request."""
        _, signature, inputs = self.draw.choice(INPUTS)
        inputs = dict(inputs)
        name = self.draw.choice(sorted(inputs))
        inputs[name] = self._value(3)
        document: dict[str, Any] = {"signature_name": signature}
        if self.draw.random() < 0.5:
            document["inputs"] = inputs
        else:
            document["instances"] = [inputs, self._value(2)]
        if self.draw.random() < 0.2:
            document[self.draw.choice(["inputs", "signature_name"])] = 1
        text = json.dumps(document).encode()
        return self._bytes(text) if self.draw.random() < 0.4 else text

    def _value(self, depth: int) -> Any:
        kind = self.draw.randint(0, 7 if depth else 4)
        if kind == 0:
            return self.draw.choice(TEXTS)
        if kind == 1:
            return self._number()
        if kind == 2:
            return self.draw.choice([None, True, float("inf"), 1e300, 0.5])
        if kind in (3, 4):
            return {"b64": self.draw.choice(["", "AAAA", "A", "!", "iVBORw0K"])}
        if kind == 5:
            return {self.draw.choice(TEXTS): self._value(depth - 1)}
        return [self._value(depth - 1) for _ in range(self.draw.randint(0, 3))]

    def _number(self) -> int:
        return self.draw.choice([-(2**63), -1, 0, 2, 10**6, 2**40, 2**63 - 1])

    def _noise(self) -> bytes:
        head = self.draw.choice([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
        return head + self.draw.randbytes(self.draw.randint(0, 200))

    def _bytes(self, good: bytes) -> bytes:
        bad = bytearray(good)
        for _ in range(self.draw.randint(1, 8)):
            if bad:
                bad[self.draw.randrange(len(bad))] = self.draw.randrange(256)
        return bytes(bad[: self.draw.randint(0, len(bad))])


def check_alive(server: ModelServer) -> None:
    with RecommenderClient(server.address) as client:
        assert client.recommend(["ann"]).item_ids[0][0] == "robe"


def send_message(server: ModelServer, messages: list[bytes]) -> list[str]:
    codes = []
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary(PREDICT)
        for message in messages:
            try:
                call(message, timeout=30)
                codes.append("OK")
            except grpc.RpcError as error:
                codes.append(error.code().name)
                if error.code().name in ("UNKNOWN", "DEADLINE_EXCEEDED"):
                    pytest.fail(f"{error.details()} for {message!r}")
    return codes


def send_bodies(server: ModelServer, bodies: list[bytes]) -> list[int]:
    codes = []
    draw = random.Random(1)
    for body in bodies:
        model = draw.choice(["recommender", "recommender", "designer", "%ff"])
        connection = http.client.HTTPConnection(server.rest_address, timeout=30)
        connection.request("POST", f"/v1/models/{model}:predict", body)
        response = connection.getresponse()
        json.loads(response.read())
        codes.append(response.status)
        connection.close()
    return codes


@pytest.mark.parametrize("way", ["gRPC", "REST"])
def test_malformed_requests(server: ModelServer, memory_mb, way: str) -> None:
    fuzz = Fuzz(7)
    if way == "gRPC":
        send: Callable[..., list[Any]] = send_message
        requests = [fuzz.message() for _ in range(REQUESTS)]
        proper = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"}
        proper.add("INTERNAL")  # What gRPC says of bytes that are no message.
    else:
        send = send_bodies
        requests = [fuzz.body() for _ in range(REQUESTS)]
        proper = {200, 400, 404}
    send(server, requests[: REQUESTS // 3])
    before = memory_mb()
    counts = collections.Counter(send(server, requests))
    print(way, counts)
    assert set(counts) <= proper
    assert counts["OK"] + counts[200] < REQUESTS / 2
    assert memory_mb() - before < 50
    check_alive(server)
