"""Protobuf messages of TF Serving's API that the clients use.

Defined here because the package `tensorflow-serving-api` needs TensorFlow. Only
the fields that the clients write or read are listed; TF Serving has more.
"""

from serving.client.dynamic_protos import define_messages

_MESSAGES = define_messages(
    "atelier.tf_serving_api",
    {
        "Int64Value": {1: "int64 value"},
        "Dim": {1: "int64 size"},
        "TensorShapeProto": {2: "repeated Dim dim"},
        "TensorProto": {
            1: "int32 dtype",
            2: "TensorShapeProto tensor_shape",
            4: "bytes tensor_content",
            5: "repeated float float_val",
            6: "repeated double double_val",
            7: "repeated int32 int_val",
            8: "repeated bytes string_val",
            10: "repeated int64 int64_val",
            11: "repeated bool bool_val",
        },
        "ModelSpec": {
            1: "string name",
            2: "Int64Value version",
            3: "string signature_name",
            4: "string version_label",
        },
        "NamedTensor": {1: "string key", 2: "TensorProto value"},
        "PredictRequest": {
            1: "ModelSpec model_spec",
            2: "repeated NamedTensor inputs",
        },
        "PredictResponse": {
            1: "repeated NamedTensor outputs",
            2: "ModelSpec model_spec",
        },
        "GetModelStatusRequest": {1: "ModelSpec model_spec"},
        "StatusProto": {2: "string error_message"},
        "ModelVersionStatus": {
            1: "int64 version",
            2: "int32 state",
            3: "StatusProto status",
        },
        "GetModelStatusResponse": {
            1: "repeated ModelVersionStatus model_version_status"
        },
        "GetModelMetadataRequest": {
            1: "ModelSpec model_spec",
            2: "repeated string metadata_field",
        },
        "GetModelMetadataResponse": {1: "ModelSpec model_spec"},
    },
)
TensorProto = _MESSAGES["TensorProto"]
ModelSpec = _MESSAGES["ModelSpec"]
PredictRequest = _MESSAGES["PredictRequest"]
PredictResponse = _MESSAGES["PredictResponse"]
GetModelStatusRequest = _MESSAGES["GetModelStatusRequest"]
GetModelStatusResponse = _MESSAGES["GetModelStatusResponse"]
GetModelMetadataRequest = _MESSAGES["GetModelMetadataRequest"]
GetModelMetadataResponse = _MESSAGES["GetModelMetadataResponse"]

STATES = {
    0: "UNKNOWN",
    10: "START",
    20: "LOADING",
    30: "AVAILABLE",
    40: "UNLOADING",
    50: "END",
}
"""Names of `ModelVersionStatus.State` by enum number."""
