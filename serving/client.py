"""A typed client of the recommender, for TF Serving or the local server.

    with RecommenderClient("localhost:8500") as client:
        found = client.recommend(["u1", "u2"])

The command line: `python -m serving.client --help`.
"""

import dataclasses
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import grpc
import numpy.typing as npt
import tensorflow as tf
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.columns import check_same_length
from serving.columns import id_column
from serving.columns import id_table
from serving.columns import image_column
from serving.errors import ServingError
from serving.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.readiness import wait_until_available
from serving.retry import call_within_budget

_CHANNEL_OPTIONS = (
    *MESSAGE_SIZE_OPTIONS,
    # `call_within_budget` is the only one to retry, and a server that comes
    # back is found within a second instead of gRPC's two minutes.
    ("grpc.enable_retries", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


@dataclasses.dataclass(frozen=True, eq=False)
class Recommendations:
    """Ranked items for each row of a request.

    Attributes:
        item_ids: [B][K] The best first; "" where the model ran out of items.
        scores: [B, K] float32; higher is better, comparable within a row.
        known: [B] bool; whether the model knows the user or the item that was
            asked about. A user it does not know gets the average person's list.
        version: The version of the model that answered.
    """

    item_ids: list[list[str]]
    scores: npt.NDArray[Any]
    known: npt.NDArray[Any]
    version: int


class RecommenderClient:
    """Asks one model of one server; safe to share between threads.

    Every method takes a batch of B rows, makes one call within the deadline
    (a call that meets a busy or absent server is repeated until then), and
    raises `ServingError` if the call fails, or `ValueError` if the request
    makes no sense.
    """

    def __init__(
        self,
        target: str,
        model: str = "recommender",
        *,
        version: int | None = None,
        version_label: str | None = None,
        deadline_seconds: float = 5.0,
    ) -> None:
        """Opens one channel; nothing is sent yet.

        Args:
            target: host:port of the gRPC service.
            model: The model's name on that server.
            version: The version to ask, if not the newest.
            version_label: The label to ask instead, such as "canary".
            deadline_seconds: Seconds that a call may take, repeats included.

        Raises:
            ValueError: if both a version and a label are given, or the
                deadline is not positive.
        """
        if version is not None and version_label is not None:
            raise ValueError(
                f"Give a version or a version_label, not both; received "
                f"{version} and '{version_label}'."
            )
        if deadline_seconds <= 0:
            raise ValueError(
                f"deadline_seconds must be positive; received "
                f"{deadline_seconds}."
            )
        self._target = target
        self._model_spec = model_pb2.ModelSpec(
            name=model, version_label=version_label
        )
        if version is not None:
            self._model_spec.version.value = version
        self._deadline_seconds = deadline_seconds
        self._channel = grpc.insecure_channel(target, options=_CHANNEL_OPTIONS)
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._status = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def __enter__(self) -> "RecommenderClient":
        """Returns itself."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the channel."""
        self.close()

    def close(self) -> None:
        """Closes the channel; the client cannot be used after it."""
        self._channel.close()

    def recommend(
        self,
        user_ids: Sequence[str],
        exclude_ids: Sequence[Sequence[str]] | None = None,
    ) -> Recommendations:
        """Ranks items for people.

        Args:
            user_ids: [B]
            exclude_ids: [B][any number] Items to leave out, for each user.

        Returns:
            The best items for each user, of those that are left.
        """
        inputs: dict[str, Any] = {"user_id": id_column("user_ids", user_ids)}
        if exclude_ids is None:
            return self._rank("serving_default", inputs, "known_user")
        check_same_length(user_ids=user_ids, exclude_ids=exclude_ids)
        inputs["exclude_ids"] = id_table("exclude_ids", exclude_ids)
        return self._rank("recommend_excluding", inputs, "known_user")

    def recommend_for_items(
        self, liked_ids: Sequence[Sequence[str]]
    ) -> Recommendations:
        """Ranks items for people nobody has seen before.

        Args:
            liked_ids: [B][at least one] Items that each of them likes.

        Returns:
            The best items for each of them.
        """
        for row in liked_ids:
            if not row:
                raise ValueError(
                    "Each row of liked_ids needs at least one item; received "
                    "an empty one."
                )
        inputs = {"liked_ids": id_table("liked_ids", liked_ids)}
        return self._rank("recommend_for_items", inputs, "known_user")

    def similar_items(self, item_ids: Sequence[str]) -> Recommendations:
        """Ranks the items that look most like others.

        Args:
            item_ids: [B]

        Returns:
            The most similar items for each item.
        """
        inputs = {"item_id": id_column("item_ids", item_ids)}
        return self._rank("similar_items", inputs, "known_item")

    def score_images(
        self, user_ids: Sequence[str], images: Sequence[bytes]
    ) -> npt.NDArray[Any]:
        """Scores photos of items nobody has seen before.

        Args:
            user_ids: [B]
            images: [B] JPEG or PNG files, one for each user.

        Returns:
            [B] float32; comparable with the scores of `recommend`.
        """
        check_same_length(user_ids=user_ids, images=images)
        inputs = {
            "user_id": id_column("user_ids", user_ids),
            "image_bytes": image_column(images),
        }
        response = self._predict("score_images", inputs, ["scores"])
        return tf.make_ndarray(response.outputs["scores"])

    def embed_images(self, images: Sequence[bytes]) -> npt.NDArray[Any]:
        """Embeds photos.

        Args:
            images: [B] JPEG or PNG files.

        Returns:
            [B, K] float32.
        """
        inputs = {"image_bytes": image_column(images)}
        response = self._predict("embed_images", inputs, ["embeddings"])
        return tf.make_ndarray(response.outputs["embeddings"])

    def embed_users(self, user_ids: Sequence[str]) -> npt.NDArray[Any]:
        """Embeds people.

        Args:
            user_ids: [B]

        Returns:
            [B, K] float32; the product with an item's embedding is the score.
        """
        inputs = {"user_id": id_column("user_ids", user_ids)}
        response = self._predict("embed_users", inputs, ["embeddings"])
        return tf.make_ndarray(response.outputs["embeddings"])

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the version to ask (or any, if none is set) is available.

        Args:
            timeout_seconds: Seconds to wait.

        Raises:
            ServingError: if it is not by then; the text names the last state.
        """
        wait_until_available(
            self._status, self._model_spec, self._target, timeout_seconds
        )

    def _rank(
        self, signature: str, inputs: Mapping[str, Any], known: str
    ) -> Recommendations:
        response = self._predict(
            signature, inputs, ["item_ids", "scores", known]
        )
        outputs = response.outputs
        return Recommendations(
            item_ids=[
                [item_id.decode("utf-8") for item_id in row]
                for row in tf.make_ndarray(outputs["item_ids"])
            ],
            scores=tf.make_ndarray(outputs["scores"]),
            known=tf.make_ndarray(outputs[known]),
            version=response.model_spec.version.value,
        )

    def _predict(
        self, signature: str, inputs: Mapping[str, Any], outputs: Sequence[str]
    ) -> predict_pb2.PredictResponse:
        request = predict_pb2.PredictRequest(
            model_spec=self._model_spec, output_filter=outputs
        )
        request.model_spec.signature_name = signature
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(
                tf.make_tensor_proto(values, dtype=tf.string)
            )
        try:
            return call_within_budget(
                lambda seconds: self._prediction.Predict(
                    request, timeout=seconds
                ),
                self._deadline_seconds,
            )
        except grpc.RpcError as error:
            asked = f"{signature} of model '{self._model_spec.name}'"
            raise ServingError.from_rpc(asked, self._target, error) from error


if __name__ == "__main__":
    # Imported here because it imports this module in turn.
    from serving.client_command import main

    sys.exit(main())
