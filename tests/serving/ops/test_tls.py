"""Encrypted channels, with certificates made here."""

import datetime
import ipaddress
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from serving.client.cli import main
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.local_server.cli import main as serve
from serving.local_server.server import ModelServer
from serving.ops.tf_serving_config_pb2 import SSLConfig
from serving.ops.tls import channel_credentials
from serving.ops.tls import server_credentials


class Pair(NamedTuple):
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate of 127.0.0.1 that vouches for itself."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "server.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Pair(folder / "server.crt", folder / "server.key")


def write_config(pair: Pair, path: Path, verify: bool) -> Path:
    config = SSLConfig(
        server_key=pair.key.read_text(),
        server_cert=pair.certificate.read_text(),
        custom_ca=pair.certificate.read_text(),
        client_verify=verify,
    )
    path.write_text(str(config))
    return path


@pytest.fixture(scope="module", params=[False, True], ids=["TLS", "mTLS"])
def encrypted(request, pair: Pair, publish, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encrypted")
    publish(folder / "recommender", 1)
    config = write_config(pair, folder / "ssl.config", request.param)
    with ModelServer(
        {"recommender": folder / "recommender"},
        credentials=server_credentials(config),
    ) as server:
        server.verifies = request.param
        yield server


def ask(server: ModelServer, credentials: grpc.ChannelCredentials | None):
    with RecommenderClient(
        server.address, deadline_seconds=1, credentials=credentials
    ) as client:
        return client.recommend(["ann"]).version


def test_a_client_with_a_certificate_is_answered(encrypted, pair: Pair) -> None:
    assert ask(encrypted, channel_credentials(pair.certificate, *pair)) == 1


def test_a_client_without_certificate_is_answered_unless_required(
    encrypted, pair: Pair
) -> None:
    credentials = channel_credentials(pair.certificate)
    if encrypted.verifies:
        with pytest.raises(ServingError, match="UNAVAILABLE|DEADLINE_EXCEEDED"):
            ask(encrypted, credentials)
    else:
        assert ask(encrypted, credentials) == 1


@pytest.mark.parametrize("credentials", [None, channel_credentials()])
def test_an_unencrypted_or_untrusting_client_is_rejected(
    encrypted, credentials
) -> None:
    with pytest.raises(ServingError, match="UNAVAILABLE|DEADLINE_EXCEEDED"):
        ask(encrypted, credentials)


def test_the_command(encrypted, pair: Pair, capsys) -> None:
    tls = ["--tls_ca", str(pair.certificate)]
    tls += ["--tls_certificate", str(pair.certificate)]
    tls += ["--tls_key", str(pair.key)]
    command = ["recommend", "--user", "ann"]
    assert main(["--server", encrypted.address, *tls, *command]) == 0
    assert "robe" in capsys.readouterr().out


def test_the_command_with_the_roots_of_grpc(encrypted, pair: Pair) -> None:
    program = [sys.executable, "-m", "serving.client", "--tls"]
    server = ["--server", encrypted.address, "--deadline_seconds", "2"]
    roots = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(pair.certificate)}
    done = subprocess.run(
        [*program, *server, "recommend", "--user", "ann"],
        env={**os.environ, **roots},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) != encrypted.verifies, done.stderr


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("server_key: 1", "Cannot parse"),
        ("", "needs server_key and server_cert;"),
        (None, "Cannot read"),
    ],
)
def test_a_server_without_certificate_does_not_start(
    text: str | None, error: str, tmp_path: Path, capsys
) -> None:
    config = tmp_path / "ssl.config"
    if text is not None:
        config.write_text(text)
    flags = ["--model", f"m={tmp_path}", "--ssl_config_file", str(config)]
    assert serve(flags) == 2
    assert error in capsys.readouterr().err
