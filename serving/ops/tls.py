"""TLS credentials of gRPC clients and servers, from files."""

from pathlib import Path

import grpc
from google.protobuf import text_format

from serving.ops.tf_serving_config_pb2 import SSLConfig


def channel_credentials(
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> grpc.ChannelCredentials:
    """Creates the TLS credentials of a client.

    Args:
        ca: PEM file of the CA that signed the server certificate; gRPC's
            default root certificates if None.
        certificate: PEM file of the client certificate, for mutual TLS.
        key: PEM file of the client certificate's private key.

    Raises:
        ValueError: if a file cannot be read, or only one of certificate and
            key is given.
    """
    if (certificate is None) != (key is None):
        raise ValueError(
            "Give both the client certificate and its key, or neither; "
            f"received {certificate} and {key}."
        )
    return grpc.ssl_channel_credentials(
        root_certificates=ca and _read(ca),
        private_key=key and _read(key),
        certificate_chain=certificate and _read(certificate),
    )


def server_credentials(config: Path) -> grpc.ServerCredentials:
    """Creates the TLS credentials of a server.

    Args:
        config: Text file of an `SSLConfig`, as for TF Serving's
            `--ssl_config_file`; contains the PEM texts, not their paths.

    Raises:
        ValueError: if the file cannot be read or parsed, or lacks the key or
            the certificate.
    """
    try:
        ssl = text_format.Parse(_read(config), SSLConfig())
    except text_format.ParseError as error:
        raise ValueError(f"Cannot parse {config}: {error}.") from error
    if not ssl.server_key or not ssl.server_cert:
        raise ValueError(
            f"{config} needs server_key and server_cert; `python -m "
            "serving.ops.configure` writes them."
        )
    return grpc.ssl_server_credentials(
        [(ssl.server_key.encode(), ssl.server_cert.encode())],
        root_certificates=ssl.custom_ca.encode() or None,
        require_client_auth=ssl.client_verify,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"Cannot read {path}: {error.strerror}; give the path of an "
            "existing file."
        ) from error
