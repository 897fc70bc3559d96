"""Configuration messages that TF Serving's Python package lacks.

`tensorflow-serving-api` ships only `ModelServerConfig` and its parts. The other
messages are defined here to parse their text files, with the fields that this
package reads or writes. Names and types match TF Serving's ssl_config.proto,
monitoring_config.proto and session_bundle_config.proto. Field numbers do not:
the text format does not contain them.
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
