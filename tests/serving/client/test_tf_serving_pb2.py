"""Our messages and methods against those of tensorflow-serving-api."""

import pathlib
import re
import subprocess
import sys

import pytest
import tensorflow as tf
from google.protobuf import descriptor
from google.protobuf import descriptor_pb2
from google.protobuf import message
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.client import tf_serving_pb2
from serving.client.predict_stub import PredictStub
from serving.ops import tf_serving_config_pb2

ROOT = pathlib.Path(__file__).parents[3]
Field = descriptor.FieldDescriptor
State = get_model_status_pb2.ModelVersionStatus.State
TENSORS = {
    "strings": tf.make_tensor_proto([[b"a", b"\xff\x00"]]),
    "content": tf.make_tensor_proto([[1.5, 2.5], [-1, 0]]),
    "float": tf.make_tensor_proto([0.5]),
    "double": tf.make_tensor_proto([0.1], tf.float64),
    "int": tf.make_tensor_proto([-3], tf.int32),
    "int64": tf.make_tensor_proto([2**62], tf.int64),
    "scalar": tf.make_tensor_proto(True),
}


def model_specs() -> list[model_pb2.ModelSpec]:
    numbered = model_pb2.ModelSpec(name="модель", signature_name="design")
    numbered.version.value = 7
    labelled = model_pb2.ModelSpec(name="m", version_label="canary")
    oldest = model_pb2.ModelSpec()
    oldest.version.value = 0
    return [numbered, labelled, oldest, model_pb2.ModelSpec()]


def messages() -> list[message.Message]:
    """Returns theirs of every kind, with all the fields that ours have."""
    status = get_model_status_pb2.GetModelStatusResponse()
    for state in State.values():
        added = status.model_version_status.add(version=5, state=state)
        added.status.error_message = "no variables"
    made: list[message.Message] = [status]
    for spec in model_specs():
        made += [
            get_model_status_pb2.GetModelStatusRequest(model_spec=spec),
            get_model_metadata_pb2.GetModelMetadataRequest(
                model_spec=spec, metadata_field=["signature_def"]
            ),
            get_model_metadata_pb2.GetModelMetadataResponse(model_spec=spec),
            predict_pb2.PredictRequest(model_spec=spec, inputs=TENSORS),
            predict_pb2.PredictResponse(model_spec=spec, outputs=TENSORS),
        ]
    return made


@pytest.mark.parametrize("theirs", messages())
def test_messages_are_compatible_with_tf_serving(
    theirs: message.Message,
) -> None:
    kind = getattr(tf_serving_pb2, type(theirs).__name__)
    ours = kind.FromString(theirs.SerializeToString())
    # What is not known would be kept as it came, and prove nothing.
    ours.DiscardUnknownFields()
    assert type(theirs).FromString(ours.SerializeToString()) == theirs


@pytest.mark.parametrize("kind", dict.fromkeys(type(one) for one in messages()))
def test_fields_are_the_same(kind: type[message.Message]) -> None:
    ours = getattr(tf_serving_pb2, kind.__name__)
    assert_same_fields(ours.DESCRIPTOR, kind.DESCRIPTOR)


def assert_same_fields(ours, theirs) -> None:
    for field in ours.fields:
        twin = theirs.fields_by_name[field.name]
        assert field.number == twin.number
        assert field.label == twin.label
        assert field.type == twin.type
        if field.message_type:
            assert_same_fields(field.message_type, twin.message_type)
        if field.enum_type:
            values = {one.name: one.number for one in field.enum_type.values}
            others = {one.name: one.number for one in twin.enum_type.values}
            assert values.items() <= others.items()


@pytest.mark.parametrize("module", [tf_serving_pb2, tf_serving_config_pb2])
def test_modules_are_those_of_the_proto_files(module, tmp_path) -> None:
    pytest.importorskip("grpc_tools", reason="grpcio-tools is not installed")
    compiled = tmp_path / "compiled"
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}"]
        + [f"--descriptor_set_out={compiled}", module.DESCRIPTOR.name],
        check=True,
    )
    (expected,) = descriptor_pb2.FileDescriptorSet.FromString(
        compiled.read_bytes()
    ).file
    found = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(found)
    # Modules leave out the names in JSON, which follow from the others.
    assert str(found) == re.sub(r" *json_name: .*\n", "", str(expected))


class NamedMethods:
    """A channel whose methods are their names."""

    def unary_unary(self, name: str, *_, **__) -> str:
        return name

    unary_stream = unary_unary


def test_methods_are_called_by_their_names() -> None:
    channel = NamedMethods()
    ours = PredictStub(channel)
    prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    status = model_service_pb2_grpc.ModelServiceStub(channel)
    assert ours.Predict == prediction.Predict
    assert ours.GetModelMetadata == prediction.GetModelMetadata
    assert ours.GetModelStatus == status.GetModelStatus
