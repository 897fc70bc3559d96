"""The flags that say which server to ask, how, and for which version."""

import argparse
from pathlib import Path

import grpc

from serving.ops.tls import channel_credentials


def add_server(parser: argparse.ArgumentParser) -> None:
    """Adds the flags.

    Args:
        parser: Of a command that asks a server over gRPC.
    """
    parser.add_argument(
        "--server",
        default="localhost:8500",
        help="host:port of its gRPC API (default: %(default)s)",
    )
    version = parser.add_mutually_exclusive_group()
    version.add_argument(
        "--version", type=int, help="the version to ask, if not the newest"
    )
    version.add_argument("--label", help="the version with this label, instead")
    parser.add_argument(
        "--tls",
        action="store_true",
        help="encrypt, and trust whom gRPC trusts; the files below imply it",
    )
    for flag, text in (
        ("--tls_ca", "PEM file of who vouches for the server"),
        ("--tls_certificate", "PEM file that says who we are (mutual TLS)"),
        ("--tls_key", "PEM file of that certificate's private key"),
    ):
        parser.add_argument(flag, type=Path, metavar="FILE", help=text)


def credentials_of(
    options: argparse.Namespace,
) -> grpc.ChannelCredentials | None:
    """Returns what encrypts the channel, None if nothing shall.

    Args:
        options: A command line with these flags.

    Raises:
        ValueError: As `channel_credentials` does.
    """
    files = (options.tls_ca, options.tls_certificate, options.tls_key)
    if not options.tls and not any(files):
        return None
    return channel_credentials(*files)
