"""Writer of the warm-up requests of a version."""

from collections.abc import Sequence

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from atelier.schema import paths
from atelier.schema.warmup_requests import WARM_UP
from export.publishing.golden_request import Example


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
