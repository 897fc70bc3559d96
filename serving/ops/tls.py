"""Reads the certificates of both ends of an encrypted channel."""

from pathlib import Path

import grpc
from google.protobuf import text_format

from serving.ops.config_protos import SSLConfig


def channel_credentials(
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> grpc.ChannelCredentials:
    """Makes the credentials of a client.

    Args:
        ca: PEM file of who vouches for the server; None trusts whom gRPC
            trusts.
        certificate: PEM file that says who the client is, if the server asks
            (mutual TLS).
        key: PEM file of the certificate's private key.

    Raises:
        ValueError: if a file cannot be read, or a certificate comes without
            its key.
    """
    if (certificate is None) != (key is None):
        raise ValueError(
            "A client's certificate and its key belong together; received "
            f"{certificate} and {key}."
        )
    return grpc.ssl_channel_credentials(
        root_certificates=ca and _read(ca),
        private_key=key and _read(key),
        certificate_chain=certificate and _read(certificate),
    )


def server_credentials(config: Path) -> grpc.ServerCredentials:
    """Makes the credentials of a server.

    Args:
        config: An `SSLConfig` as text, as `--ssl_config_file` of TF Serving
            takes it: the PEM texts themselves, not their paths.

    Raises:
        ValueError: if it cannot be read, or holds no key and certificate.
    """
    try:
        ssl = text_format.Parse(_read(config), SSLConfig())
    except text_format.ParseError as error:
        raise ValueError(f"Cannot parse {config}: {error}.") from error
    if not ssl.server_key or not ssl.server_cert:
        raise ValueError(f"{config} needs server_key and server_cert.")
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
            f"Cannot read {path}: {error.strerror}; give the path of a file "
            "that is there."
        ) from error
