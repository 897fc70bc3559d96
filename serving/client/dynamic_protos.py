"""Protobuf messages defined at run time, without a generated Python package.

Only field numbers and types go over the wire, so these messages are compatible
with the original ones in both directions. Unlisted fields are preserved.
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
    """Defines messages in a descriptor pool of their own.

    Args:
        package: Protobuf package of the messages; appears in error messages.
        messages: Fields of each message by field number, in .proto syntax such
            as "repeated int64 sizes". A type is a scalar or one of these
            messages. An enum is an int32; a map is a repeated message with the
            fields key (1) and value (2).

    Returns:
        Message classes by message name.
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
