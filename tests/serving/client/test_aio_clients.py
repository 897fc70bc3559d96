"""The asyncio clients: same answers, retries, hedging and cancelling."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.client.aio_clients import AsyncDesignerClient
from serving.client.aio_clients import AsyncRecommenderClient
from serving.client.designer_api import DesignerApi
from serving.client.designer_client import DesignerClient
from serving.client.errors import ServingError
from serving.client.recommender_api import RecommenderApi
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer

State = get_model_status_pb2.ModelVersionStatus


@pytest.mark.parametrize(
    ("ask", "kinds"),
    [
        (
            lambda c: c.recommend(["ann", "nobody"]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.recommend(["ann"], [["robe"]], [["top", "hat"]]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.recommend_for_items([["帽子"]]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.recommend_for_text(["hat", ""]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.similar_items(["帽子", "?"]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.embed_users(["bob"]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.predict("embed_users", user_ids=["bob"]),
            (RecommenderClient, AsyncRecommenderClient),
        ),
        (
            lambda c: c.generate(["hat"], [3]),
            (DesignerClient, AsyncDesignerClient),
        ),
        (
            lambda c: c.design(["ann"], ["hat"], [3]),
            (DesignerClient, AsyncDesignerClient),
        ),
        (
            lambda c: c.restyle(["ann"], [b"x"], ["hat"], [0.5]),
            (DesignerClient, AsyncDesignerClient),
        ),
    ],
)
def test_answers_are_those_of_the_other_client(
    server: ModelServer, ask: Callable, kinds: tuple
) -> None:
    async def ask_async():
        async with kinds[1](server.address) as client:
            await client.wait_until_ready(5)
            return await ask(client)

    with kinds[0](server.address) as client:
        expected = ask(client)
    found = asyncio.run(ask_async())
    assert type(found) is type(expected)
    if isinstance(found, np.ndarray):
        found, expected = ({"array": one} for one in (found, expected))
    elif not isinstance(found, dict):
        found, expected = vars(found), vars(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize(
    ("kind", "twin"),
    [
        (RecommenderApi, AsyncRecommenderClient),
        (DesignerApi, AsyncDesignerClient),
    ],
)
def test_methods_have_the_parameters_of_the_blocking_client(
    kind: type, twin: type
) -> None:
    methods = [name for name in vars(kind) if name[0].islower()]
    assert methods
    for name in methods:
        given, expected = (
            inspect.signature(getattr(one, name)) for one in (twin, kind)
        )
        assert given == expected


def test_many_calls_share_a_channel(server: ModelServer) -> None:
    async def ask():
        async with AsyncRecommenderClient(server.address) as client:
            calls = [client.recommend(["ann"]) for _ in range(30)]
            return await asyncio.gather(*calls)

    assert {found.item_ids[0][0] for found in asyncio.run(ask())} == {"robe"}


def test_an_error_is_one_sentence(server: ModelServer) -> None:
    async def ask():
        async with AsyncRecommenderClient(server.address, "other") as client:
            await client.recommend(["ann"])

    with pytest.raises(ServingError) as caught:
        asyncio.run(ask())
    assert caught.value.code == grpc.StatusCode.NOT_FOUND
    assert "Check which models and versions it serves." in str(caught.value)


class FakeServer(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """Answers each call as `script` says: (seconds to wait, code or None)."""

    def __init__(self) -> None:
        self.script: list[tuple[float, grpc.StatusCode | None]] = []
        self.calls = 0
        self.cancelled = 0
        self.deadlines: list[float] = []
        self.states: list[int] = []
        self.labels: list[str] = []
        self.target = ""

    async def Predict(self, request, context):
        number = self.calls
        self.calls += 1
        self.deadlines.append(context.time_remaining())
        wait, code = self.script[min(number, len(self.script) - 1)]
        try:
            await asyncio.sleep(wait)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if code is not None:
            await context.abort(code, "not now")
        response = predict_pb2.PredictResponse()
        response.outputs["embeddings"].CopyFrom(
            tf.make_tensor_proto([[float(number)]])
        )
        return response

    async def GetModelMetadata(self, request, context):
        label = request.model_spec.version_label
        if self.labels.pop(0) != label:
            await context.abort(
                grpc.StatusCode.NOT_FOUND, f"No version is {label}"
            )
        return get_model_metadata_pb2.GetModelMetadataResponse()

    async def GetModelStatus(self, request, context):
        response = get_model_status_pb2.GetModelStatusResponse()
        response.model_version_status.add(version=3, state=self.states.pop(0))
        return response


@asynccontextmanager
async def running(*script) -> AsyncIterator[FakeServer]:
    fake, server = FakeServer(), grpc.aio.server()
    fake.script = list(script)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        fake, server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(fake, server)
    fake.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield fake
    finally:
        await server.stop(None)


def answer_of(script, seconds=5.0, **options):
    """Asks once; returns the number of the call that answered, and the fake."""

    async def ask():
        async with running(*script) as fake:
            async with AsyncRecommenderClient(fake.target, **options) as client:
                try:
                    found = await client.embed_users(["ann"])
                finally:
                    await asyncio.sleep(0.1)  # Until it hears of cancelling.
            return int(found[0, 0]), fake

    began = time.monotonic()
    found = asyncio.run(ask())
    assert time.monotonic() - began < seconds
    return found


BUSY = (0.0, grpc.StatusCode.UNAVAILABLE)
FULL = (0.0, grpc.StatusCode.RESOURCE_EXHAUSTED)
GOOD = (0.0, None)
SLOW = (30.0, None)


def test_a_busy_server_is_retried() -> None:
    number, fake = answer_of([BUSY, FULL, GOOD])
    assert (number, fake.calls) == (2, 3)


@pytest.mark.parametrize("hedge_after_seconds", [None, 0.05])
def test_other_failures_are_final(hedge_after_seconds: float | None) -> None:
    with pytest.raises(ServingError, match="failed with INTERNAL: not now. "):
        answer_of(
            [(0.0, grpc.StatusCode.INTERNAL), GOOD],
            hedge_after_seconds=hedge_after_seconds,
        )


@pytest.mark.parametrize("hedge_after_seconds", [None, 0.05])
def test_the_budget_covers_all_tries(hedge_after_seconds: float | None) -> None:
    options = {
        "deadline_seconds": 0.4,
        "hedge_after_seconds": hedge_after_seconds,
    }
    with pytest.raises(ServingError) as caught:
        answer_of([BUSY], 2.0, **options)
    assert caught.value.code == grpc.StatusCode.UNAVAILABLE
    with pytest.raises(ServingError) as caught:
        answer_of([SLOW], 2.0, **options)
    assert caught.value.code == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_slow_try_is_hedged_and_cancelled() -> None:
    number, fake = answer_of(
        [SLOW, GOOD], hedge_after_seconds=0.2, deadline_seconds=0.9
    )
    assert (number, fake.calls, fake.cancelled) == (1, 2, 1)
    # Both end with the call's own deadline.
    assert fake.deadlines[1] <= 0.7


def test_the_first_answer_counts_whichever_try_it_is_of() -> None:
    number, fake = answer_of([(0.3, None), SLOW], hedge_after_seconds=0.1)
    assert (number, fake.calls, fake.cancelled) == (0, 2, 1)


def test_a_fast_try_is_not_hedged() -> None:
    assert answer_of([GOOD], hedge_after_seconds=2)[1].calls == 1
    assert answer_of([(0.3, None)])[1].calls == 1  # Nobody asked for it.


def test_a_busy_second_try_leaves_the_first_alone() -> None:
    number, fake = answer_of([(0.3, None), BUSY], hedge_after_seconds=0.1)
    assert (number, fake.calls, fake.cancelled) == (0, 2, 0)


def test_when_both_are_busy_the_call_is_repeated_once_at_a_time() -> None:
    late = (0.2, grpc.StatusCode.UNAVAILABLE)
    number, fake = answer_of([late, BUSY, (0.3, None)], hedge_after_seconds=0.1)
    assert (number, fake.calls) == (2, 3)


def test_a_call_that_is_cancelled_is_cancelled_on_the_server() -> None:
    async def cancel(hedge_after_seconds: float | None) -> int:
        async with (
            running(SLOW) as fake,
            AsyncRecommenderClient(
                fake.target, hedge_after_seconds=hedge_after_seconds
            ) as client,
        ):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.embed_users(["ann"]), 0.3)
            await asyncio.sleep(0.1)
            assert fake.cancelled == fake.calls
            return fake.calls

    assert asyncio.run(cancel(None)) == 1
    assert asyncio.run(cancel(0.1)) == 2


@pytest.mark.parametrize("hedge_after_seconds", [None, 0.05])
def test_closing_the_client_ends_its_calls_with_an_error(
    hedge_after_seconds: float | None,
) -> None:
    async def close_during_a_call() -> None:
        async with running(SLOW) as fake:
            client = AsyncRecommenderClient(
                fake.target, hedge_after_seconds=hedge_after_seconds
            )
            call = asyncio.create_task(client.embed_users(["ann"]))
            await asyncio.sleep(0.2)
            await client.close()
            await call

    with pytest.raises(ServingError, match="The client was closed") as caught:
        asyncio.run(close_during_a_call())
    assert caught.value.code == grpc.StatusCode.CANCELLED


def test_wait_until_ready() -> None:
    async def wait(states: list[int], seconds: float) -> None:
        async with running(GOOD) as fake:
            fake.states = states
            async with AsyncRecommenderClient(fake.target) as client:
                await client.wait_until_ready(seconds)

    async def wait_for_label(labels: list[str], seconds: float) -> None:
        async with running(GOOD) as fake:
            fake.states = [State.AVAILABLE]  # Whatever the label.
            fake.labels = labels
            async with AsyncRecommenderClient(
                fake.target, version_label="canary"
            ) as client:
                await client.wait_until_ready(seconds)

    asyncio.run(wait_for_label(["stable", "canary"], 5))
    with pytest.raises(ServingError, match="No version is canary"):
        asyncio.run(wait_for_label(["stable"] * 9, 0.1))
    asyncio.run(wait([State.LOADING, State.AVAILABLE], 5))
    with pytest.raises(ServingError, match="not ready within 0.1 s: version 3"):
        asyncio.run(wait([State.LOADING] * 9, 0.1))


def test_options_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="must not be negative; received -1"):
        AsyncRecommenderClient("127.0.0.1:1", hedge_after_seconds=-1)
