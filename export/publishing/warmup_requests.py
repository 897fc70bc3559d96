"""Warm-up requests, which TF Serving runs before it serves a version."""

from collections.abc import Sequence

import tensorflow as tf
from google.protobuf import message
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from atelier.io.errors import UserError
from atelier.io.errors import reason_of
from atelier.schema import paths
from export.publishing.golden_request import Example

WARM_UP = "assets.extra/tf_serving_warmup_requests"
"""Path that TF Serving expects, a TFRecord file of `PredictionLog`."""


def write_warm_up(
    version_dir: str, model: str, examples: Sequence[Example]
) -> None:
    """Writes the warm-up requests of a version.

    Args:
        version_dir: Folder of the version.
        model: Model name in TF Serving.
        examples: Golden requests of all signatures.
    """
    path = paths.join(version_dir, WARM_UP)
    tf.io.gfile.makedirs(path.rpartition("/")[0])
    with tf.io.TFRecordWriter(path) as writer:
        for example in examples:
            request = predict_pb2.PredictRequest()
            request.model_spec.name = model
            request.model_spec.signature_name = example.signature
            for name, values in example.inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.CopyFrom(request)
            writer.write(log.SerializeToString())


def read_warm_up(version_dir: str) -> list[predict_pb2.PredictRequest]:
    """Reads the warm-up requests of a version, in order.

    Args:
        version_dir: Folder of the version.

    Raises:
        UserError: If the file is missing or damaged.
    """
    path = paths.join(version_dir, WARM_UP)
    try:
        return [
            prediction_log_pb2.PredictionLog.FromString(
                record.numpy()
            ).predict_log.request
            for record in tf.data.TFRecordDataset(path)
        ]
    except (tf.errors.OpError, message.DecodeError) as error:
        raise UserError(
            f"{path} is damaged or missing ({reason_of(error)}); publish the "
            "model again"
        ) from error
