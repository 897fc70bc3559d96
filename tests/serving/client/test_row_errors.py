"""Rows that a signature refuses without failing the batch they are in."""

import asyncio
from collections.abc import Callable
from collections.abc import Iterator

import grpc
import numpy as np
import pytest
import tensorflow as tf

from serving.client.aio_clients import AsyncRecommenderClient
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.client.rest_clients import RestRecommenderClient
from serving.local_server.server import ModelServer


class Refusing(tf.Module):
    """Embeds people, but for those whose ids are numbers."""

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, name="user_id")]
    )
    def embed_users(self, user_id):
        refused = tf.where(
            tf.strings.regex_full_match(user_id, r"\d+"),
            tf.strings.join(["user_id ", user_id, " is a number, пусть."]),
            "",
        )
        vectors = tf.zeros([tf.size(user_id), 2])
        return {"embeddings": vectors, "error": refused}


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    base_path = tmp_path_factory.mktemp("refusing")
    module = Refusing()
    tf.saved_model.save(
        module,
        str(base_path / "1"),
        signatures={"embed_users": module.embed_users},
    )
    with ModelServer({"recommender": base_path}, rest_port=0) as running:
        yield running


def over_grpc(server: ModelServer, user_ids: list[str]) -> np.ndarray:
    with RecommenderClient(server.address) as client:
        return client.embed_users(user_ids)


def over_asyncio(server: ModelServer, user_ids: list[str]) -> np.ndarray:
    async def ask() -> np.ndarray:
        async with AsyncRecommenderClient(server.address) as client:
            return await client.embed_users(user_ids)

    return asyncio.run(ask())


def over_rest(server: ModelServer, user_ids: list[str]) -> np.ndarray:
    with RestRecommenderClient(f"http://{server.rest_address}") as client:
        return client.embed_users(user_ids)


@pytest.mark.parametrize("ask", [over_grpc, over_asyncio, over_rest])
def test_a_refused_row_is_an_error(
    refusing: ModelServer, ask: Callable[..., np.ndarray]
) -> None:
    assert ask(refusing, ["ann", "bob"]).tolist() == [[0, 0], [0, 0]]
    with pytest.raises(ServingError) as caught:
        ask(refusing, ["ann", "7", "8"])
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.message.endswith(
        "failed with INVALID_ARGUMENT: user_id 7 is a number, пусть. Check the "
        "values that were sent."
    )
