"""Reader of the warm-up requests of a version."""

import tensorflow as tf
from google.protobuf import message
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from atelier.io.errors import UserError
from atelier.io.errors import reason_of

WARM_UP = "assets.extra/tf_serving_warmup_requests"
"""Path in a version that TF Serving expects, a TFRecord file of
`PredictionLog`; it runs them before it serves the version."""


def read_warm_up(path: str) -> list[predict_pb2.PredictRequest]:
    """Reads warm-up requests, in order.

    Args:
        path: File `WARM_UP` of a version.

    Raises:
        UserError: If the file is missing or damaged.
    """
    try:
        return [
            prediction_log_pb2.PredictionLog.FromString(
                record.numpy()
            ).predict_log.request
            for record in tf.data.TFRecordDataset(path)
        ]
    except (tf.errors.OpError, message.DecodeError) as error:
        raise UserError(
            f"{path} is damaged or missing ({reason_of(error)}); give the "
            f"{WARM_UP} of a version, or publish the model again"
        ) from error
