"""TF Serving's configuration messages that its Python package lacks.

`tensorflow-serving-api` ships `ModelServerConfig` and its parts alone. These
are the fields that we write or read of the others, with which their text files
are parsed; TF Serving knows more of them. Names and types were compared with
its ssl_config.proto, monitoring_config.proto and session_bundle_config.proto;
numbers are none of theirs, a text file has no numbers.
"""

from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "atelier.tf_serving"
_SCALARS = {
    "string": _Field.TYPE_STRING,
    "bool": _Field.TYPE_BOOL,
    "int64": _Field.TYPE_INT64,
}
# By message; "[]" is a repeated field, and the rest are messages of this file.
_MESSAGES = {
    "Int64Value": {"value": "int64"},
    "BoolValue": {"value": "bool"},
    "SSLConfig": {
        "server_key": "string",
        "server_cert": "string",
        "custom_ca": "string",
        "client_verify": "bool",
    },
    "BatchingParameters": {
        "max_batch_size": "Int64Value",
        "batch_timeout_micros": "Int64Value",
        "max_enqueued_batches": "Int64Value",
        "num_batch_threads": "Int64Value",
        "allowed_batch_sizes": "int64[]",
        "pad_variable_length_inputs": "bool",
        "enable_large_batch_splitting": "BoolValue",
        "max_execution_batch_size": "Int64Value",
    },
    "PrometheusConfig": {"enable": "bool", "path": "string"},
    "MonitoringConfig": {"prometheus_config": "PrometheusConfig"},
}


def _define() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(
        name="tf_serving_configs.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), start=1):
            single = kind.removesuffix("[]")
            added = message.field.add(name=field, number=number)
            added.label = (
                _Field.LABEL_OPTIONAL
                if kind == single
                else _Field.LABEL_REPEATED
            )
            if single in _SCALARS:
                added.type = _SCALARS[single]
            else:
                added.type = _Field.TYPE_MESSAGE
                added.type_name = f".{_PACKAGE}.{single}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


_POOL = _define()


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(
        _POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}")
    )


SSLConfig = _class("SSLConfig")
BatchingParameters = _class("BatchingParameters")
MonitoringConfig = _class("MonitoringConfig")
