"""Warm-up of a model server in the same process, as TF Serving does its own."""

import logging
from collections.abc import Collection
from collections.abc import Mapping
from pathlib import Path

import grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from atelier.io.errors import UserError
from atelier.schema.model_versions import find_versions
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from serving.client.grpc_options import MESSAGE_SIZE_OPTIONS

FIRST_SIGNATURES = ("user_history", "recommend_filtered", "item_info")
"""Signatures that the page calls at the first tap on a user."""

_logger = logging.getLogger(__name__)


def warm_up(
    address: str,
    model_dirs: Mapping[str, Path],
    names: Collection[str] = (),
    seconds: float = 120.0,
) -> None:
    """Calls signatures of the newest versions with their warm-up requests.

    TensorFlow builds the graph of a signature in its first call, which takes up
    to some seconds. Stops at the first call that fails: the model works
    without, and the server may have been stopped.

    Args:
        address: host:port of the server's gRPC API.
        model_dirs: Folders of the versions by model.
        names: Names of the signatures; all if empty.
        seconds: Deadline of each call.
    """
    # The server is in this process, not behind the proxy of the environment.
    options = [*MESSAGE_SIZE_OPTIONS, ("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(address, options=options) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        for model, folder in model_dirs.items():
            versions = list(find_versions(str(folder)).values())
            if not versions:  # They were removed after the start.
                continue
            path = Path(versions[-1]) / WARM_UP
            try:
                for request in read_warm_up(str(path)) if path.exists() else []:
                    if not names or request.model_spec.signature_name in names:
                        request.model_spec.name = model
                        stub.Predict(request, timeout=seconds)
            except (grpc.RpcError, UserError) as error:
                _logger.debug("No warm-up of %s: %s", model, error)
                return
