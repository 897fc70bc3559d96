"""Server, model version and TLS flags of commands that call a server."""

import dataclasses
from pathlib import Path

import grpc

from atelier.cli.flags import Options
from atelier.cli.flags import option
from serving.ops.tls import channel_credentials


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerOptions(Options):
    """Flags of a command that calls a server over gRPC."""

    server: str = option("localhost:8500", "host:port of the server's gRPC API")
    version: int | None = option(
        None,
        "model version (default: the newest)",
        parse=int,
        exclusive="version",
    )
    label: str | None = option(
        None, "version label, such as canary", exclusive="version"
    )
    tls: bool = option(
        False,
        "use TLS with gRPC's default root certificates; implied by each of "
        "the --tls_ flags",
        action="store_true",
    )
    tls_ca: Path | None = option(
        None,
        "PEM file of the CA that signed the server certificate",
        metavar="FILE",
    )
    tls_certificate: Path | None = option(
        None, "PEM file of the client certificate, for mTLS", metavar="FILE"
    )
    tls_key: Path | None = option(
        None,
        "PEM file of the client certificate's private key",
        metavar="FILE",
    )

    def credentials(self) -> grpc.ChannelCredentials | None:
        """Returns the TLS credentials of the channel, None without TLS.

        Raises:
            ValueError: if a file cannot be read, or a certificate or its key
                is missing.
        """
        files = (self.tls_ca, self.tls_certificate, self.tls_key)
        if not self.tls and not any(files):
            return None
        return channel_credentials(*files)
