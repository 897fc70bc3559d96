"""The files that TF Serving reads, parsed back."""

from pathlib import Path

import pytest
from google.protobuf import text_format

from atelier.io.errors import UserError
from serving.client.recommender_client import RecommenderClient
from serving.local_server.model_config import check_config
from serving.local_server.model_config import read_config
from serving.local_server.server import ModelServer
from serving.ops.configure import main
from serving.ops.tf_serving_config_pb2 import BatchingParameters
from serving.ops.tf_serving_config_pb2 import MonitoringConfig
from serving.ops.tf_serving_config_pb2 import SSLConfig

MODELS = ["--model", "recommender=/models/r", "--model", "designer=gs://b/d"]


def configure(out: Path, *arguments: str) -> Path:
    main([*MODELS, "--out", str(out), *arguments])
    return out


def test_models_without_labels_serve_the_newest(tmp_path: Path) -> None:
    config = read_config(configure(tmp_path / "new") / "models.config")
    check_config(config)
    recommender, designer = config.model_config_list.config
    assert (recommender.name, recommender.base_path) == (
        "recommender",
        "/models/r",
    )
    assert designer.base_path == "gs://b/d"
    assert designer.model_version_policy.latest.num_versions == 1
    assert not designer.version_labels


def test_labels_hold_versions(tmp_path: Path) -> None:
    labels = ["--stable", "recommender=20", "--canary", "recommender=10"]
    config = read_config(configure(tmp_path, *labels) / "models.config")
    recommender, _ = config.model_config_list.config
    assert recommender.model_version_policy.specific.versions == [10, 20]
    assert dict(recommender.version_labels) == {"stable": 20, "canary": 10}


def test_the_local_server_reads_it(publish, tmp_path: Path) -> None:
    for version in (1, 2):
        publish(tmp_path / "m", version)
    flags = ["--model", f"recommender={tmp_path / 'm'}", "--out", str(tmp_path)]
    main([*flags, "--stable", "recommender=1", "--canary", "recommender=2"])
    with ModelServer(read_config(tmp_path / "models.config")) as server:
        for label, version in (("stable", 1), ("canary", 2)):
            with RecommenderClient(
                server.address, version_label=label
            ) as client:
                assert client.recommend(["ann"]).version == version


def test_batching(tmp_path: Path) -> None:
    """TF Serving takes the threads alone from here, the rest from a version."""
    text = (configure(tmp_path, "--cores", "6") / "batching.config").read_text()
    batching = text_format.Parse(text, BatchingParameters())
    assert batching == BatchingParameters(num_batch_threads={"value": 6})


def test_monitoring(tmp_path: Path) -> None:
    text = (configure(tmp_path) / "monitoring.config").read_text()
    prometheus = text_format.Parse(text, MonitoringConfig()).prometheus_config
    assert prometheus.enable
    assert prometheus.path == "/monitoring/prometheus/metrics"


@pytest.mark.parametrize("verify", [True, False])
def test_tls_holds_the_pem_texts_and_is_private(
    tmp_path: Path, verify: bool
) -> None:
    flags = []
    for flag in ("certificate", "key", "client_ca")[: 3 if verify else 2]:
        (tmp_path / flag).write_text(f"PEM of\n{flag}\n")
        flags += [f"--tls_{flag}", str(tmp_path / flag)]
    path = configure(tmp_path, *flags) / "ssl.config"
    ssl = text_format.Parse(path.read_text(), SSLConfig())
    assert ssl.server_cert == "PEM of\ncertificate\n"
    assert ssl.server_key == "PEM of\nkey\n"
    assert ssl.custom_ca == ("PEM of\nclient_ca\n" if verify else "")
    assert ssl.client_verify == verify
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_certificate_in_another_format_is_rejected(
    tmp_path: Path,
) -> None:
    (tmp_path / "der").write_bytes(b"0\x82\xff")
    flags = ("--tls_certificate", "--tls_key")
    with pytest.raises(UserError, match="der is not PEM text; convert it"):
        configure(tmp_path, *(x for f in flags for x in (f, f"{tmp_path}/der")))


def test_it_says_how_to_go_on_and_leaves_nothing_else(
    tmp_path: Path, capsys
) -> None:
    configure(tmp_path)
    output = capsys.readouterr().out
    assert output.startswith("wrote models.config, batching.config, monitoring")
    assert f"--model_config_file={tmp_path / 'models.config'} \\\n" in output
    assert "--enable_per_model_batching_parameters=true \\\n" in output
    assert "ssl" not in output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "batching.config",
        "models.config",
        "monitoring.config",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--stable", "x=1"], "--stable names the model 'x', which no --model"),
        (["--canary", "designer=1"], "needs --stable too"),
        (["--tls_key", "x"], "needs both --tls_certificate and --tls_key"),
        (["--tls_client_ca", "x"], "needs both --tls_certificate and"),
    ],
)
def test_arguments_that_make_no_sense(
    tmp_path: Path, arguments: list[str], text: str
) -> None:
    with pytest.raises(UserError, match=text):
        configure(tmp_path, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--stable", "designer=new"], "expected NAME=VERSION"),
        (["--stable", f"designer={2**63}"], f"VERSION up to {2**63 - 1}"),
        (["--model", "designer=/x"], "the same NAME was given twice"),
        (["--cores", "0"], "expected 1 or more"),
    ],
)
def test_usage_errors(
    tmp_path: Path, arguments: list[str], text: str, capsys
) -> None:
    with pytest.raises(SystemExit):
        configure(tmp_path, *arguments)
    assert text in capsys.readouterr().err
