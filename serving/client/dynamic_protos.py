"""Defines messages of protocol buffers whose Python package is not there.

Only numbers and types of fields go over the wire, so what the original wrote
can be read with these and the other way round; fields that are not listed are
kept as they came.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "bytes": _Field.TYPE_BYTES,
    "double": _Field.TYPE_DOUBLE,
    "float": _Field.TYPE_FLOAT,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "string": _Field.TYPE_STRING,
}


def define_messages(
    package: str, messages: Mapping[str, Mapping[int, str]]
) -> dict[str, Any]:
    """Defines messages in a pool of their own.

    Args:
        package: Stands before their names; says whose they are, in errors.
        messages: The fields of each message by number, as a .proto file has
            them: "repeated int64 sizes". A type is a scalar or one of these
            messages. An enum is an int32, a map repeated messages of a key (1)
            and a value (2).

    Returns:
        The class of each message, by name.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3"
    )
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, declared in fields.items():
            *repeated, kind, field = declared.split()
            added = message.field.add(name=field, number=number)
            added.label = (
                _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            )
            if kind in _SCALARS:
                added.type = _SCALARS[kind]
            else:
                added.type = _Field.TYPE_MESSAGE
                added.type_name = f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{package}.{name}")
        )
        for name in messages
    }
