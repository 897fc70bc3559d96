"""Server, model version and TLS flags of commands that call a server."""

import argparse
from pathlib import Path

import grpc

from serving.ops.tls import channel_credentials

_SERVER = "localhost:8500"


def add_server(parser: argparse.ArgumentParser) -> None:
    """Adds the server, version and TLS flags.

    Args:
        parser: Parser of a command that calls a server over gRPC.
    """
    parser.add_argument(
        "--server",
        default=parser.argument_default or _SERVER,
        help=f"host:port of the server's gRPC API (default: {_SERVER})",
    )
    version = parser.add_mutually_exclusive_group()
    version.add_argument(
        "--version", type=int, help="model version (default: the newest)"
    )
    version.add_argument("--label", help="version label, such as canary")
    parser.add_argument(
        "--tls",
        action="store_true",
        help="use TLS with gRPC's default root certificates; implied by each "
        "of the --tls_ flags",
    )
    for flag, text in (
        ("--tls_ca", "PEM file of the CA that signed the server certificate"),
        ("--tls_certificate", "PEM file of the client certificate, for mTLS"),
        ("--tls_key", "PEM file of the client certificate's private key"),
    ):
        parser.add_argument(flag, type=Path, metavar="FILE", help=text)


def credentials_of(
    options: argparse.Namespace,
) -> grpc.ChannelCredentials | None:
    """Returns the TLS credentials of the channel, None without TLS.

    Args:
        options: Parsed options of a parser with the flags of `add_server`.

    Raises:
        ValueError: if a file cannot be read, or a certificate or its key is
            missing.
    """
    files = (options.tls_ca, options.tls_certificate, options.tls_key)
    if not options.tls and not any(files):
        return None
    return channel_credentials(*files)
