"""TF Serving's configuration messages that its Python package lacks.

`tensorflow-serving-api` ships `ModelServerConfig` and its parts alone. These
are the fields that we write or read of the others, with which their text files
are parsed; TF Serving knows more of them. Names and types were compared with
its ssl_config.proto, monitoring_config.proto and session_bundle_config.proto;
numbers are none of theirs, a text file has no numbers.
"""

from serving.client.dynamic_protos import define_messages

_MESSAGES = define_messages(
    "atelier.tf_serving_configs",
    {
        "Int64Value": {1: "int64 value"},
        "BoolValue": {1: "bool value"},
        "SSLConfig": {
            1: "string server_key",
            2: "string server_cert",
            3: "string custom_ca",
            4: "bool client_verify",
        },
        "BatchingParameters": {
            1: "Int64Value max_batch_size",
            2: "Int64Value batch_timeout_micros",
            3: "Int64Value max_enqueued_batches",
            4: "Int64Value num_batch_threads",
            5: "repeated int64 allowed_batch_sizes",
            6: "bool pad_variable_length_inputs",
            7: "BoolValue enable_large_batch_splitting",
            8: "Int64Value max_execution_batch_size",
        },
        "PrometheusConfig": {1: "bool enable", 2: "string path"},
        "MonitoringConfig": {1: "PrometheusConfig prometheus_config"},
    },
)
SSLConfig = _MESSAGES["SSLConfig"]
BatchingParameters = _MESSAGES["BatchingParameters"]
MonitoringConfig = _MESSAGES["MonitoringConfig"]
