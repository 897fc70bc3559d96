"""Version policies, labels and reloaded configurations, over gRPC."""

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc

from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.local_server.cli import main
from serving.local_server.model_config import ModelServerConfig
from serving.local_server.model_config import from_base_paths
from serving.local_server.server import ModelServer


@pytest.fixture
def base_path(publish_lean, tmp_path: Path) -> Path:
    for version in (1, 2, 3):
        publish_lean(tmp_path / "recommender", version)
    return tmp_path / "recommender"


def config_of(
    base_path: Path, *versions: int, **labels: int
) -> ModelServerConfig:
    config = from_base_paths({"recommender": base_path})
    (model,) = config.model_config_list.config
    if versions:
        model.model_version_policy.specific.versions.extend(versions)
    for label, version in labels.items():
        model.version_labels[label] = version
    return config


def answering(server: ModelServer, **which) -> int:
    with RecommenderClient(server.address, **which) as client:
        return client.recommend(["ann"]).version


def wait_for(condition) -> None:
    give_up_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up_at, "waited 10 s in vain"
        time.sleep(0.01)


def served(server: ModelServer) -> set[int]:
    return set(server.models.stores["recommender"].loaded)


def test_specific_versions_and_labels(base_path: Path) -> None:
    config = config_of(base_path, 1, 3, stable=1, canary=3)
    with ModelServer(config) as server:
        assert served(server) == {1, 3}
        assert answering(server) == 3
        assert answering(server, version=1) == 1
        assert answering(server, version_label="stable") == 1
        assert answering(server, version_label="canary") == 3
        with pytest.raises(ServingError, match=r"Specific\(recommender, 2\)"):
            answering(server, version=2)


@pytest.mark.parametrize(("policy", "kept"), [("all", 3), ("latest", 2)])
def test_more_than_the_newest(base_path: Path, policy: str, kept: int) -> None:
    config = config_of(base_path)
    (model,) = config.model_config_list.config
    getattr(model.model_version_policy, policy).SetInParent()
    if policy == "latest":
        model.model_version_policy.latest.num_versions = kept
    with ModelServer(config) as server:
        assert served(server) == set(range(4 - kept, 4))


def test_a_label_may_run_ahead_of_its_version(
    publish_lean, base_path: Path
) -> None:
    with ModelServer(config_of(base_path, 1, 4, new=4)) as server:
        with pytest.raises(ServingError, match=r"Specific\(recommender, 4\)"):
            answering(server, version_label="new")
        publish_lean(base_path, 4)
        server.models.refresh()
        assert answering(server, version_label="new") == 4


class Reload:
    def __init__(self, server: ModelServer) -> None:
        self.channel = grpc.insecure_channel(server.address)
        self._stub = model_service_pb2_grpc.ModelServiceStub(self.channel)

    def __call__(self, config: ModelServerConfig) -> None:
        request = model_management_pb2.ReloadConfigRequest(config=config)
        response = self._stub.HandleReloadConfigRequest(request, timeout=30)
        assert response.status.error_code == 0


@pytest.fixture
def labelled(base_path: Path) -> Iterator[ModelServer]:
    config = config_of(base_path, 1, 2, stable=1)
    with ModelServer(config) as server:
        yield server


@pytest.fixture
def reload(labelled: ModelServer) -> Iterator[Reload]:
    opened = Reload(labelled)
    yield opened
    opened.channel.close()


def test_a_canary_from_beginning_to_end(
    labelled: ModelServer, base_path: Path, reload: Reload
) -> None:
    reload(config_of(base_path, 1, 2, stable=1, canary=2))
    assert answering(labelled, version_label="canary") == 2
    assert answering(labelled, version_label="stable") == 1
    reload(config_of(base_path, 1, 2, stable=2))
    assert answering(labelled, version_label="stable") == 2
    with pytest.raises(ServingError, match="version label: canary"):
        answering(labelled, version_label="canary")
    reload(config_of(base_path, 2, stable=2))
    assert served(labelled) == {2}


def test_models_come_and_go(
    labelled: ModelServer, base_path: Path, reload: Reload
) -> None:
    both = {"recommender": base_path, "other": base_path}
    reload(from_base_paths(both))
    assert answering(labelled, model="other") == 3
    reload(from_base_paths({"other": base_path}))
    with pytest.raises(ServingError, match="Servable not found"):
        answering(labelled, model="recommender")
    gone = labelled.models.statuses(model_pb2.ModelSpec(name="recommender"))
    assert {status.version: status.state for status in gone} == {
        version: get_model_status_pb2.ModelVersionStatus.END
        for version in (1, 2, 3)
    }
    reload(from_base_paths(both))
    assert answering(labelled, model="recommender") == 3


def test_a_canary_in_one_step(
    labelled: ModelServer, base_path: Path, reload: Reload
) -> None:
    reload(config_of(base_path, 1, 3, stable=1, canary=3))
    assert answering(labelled, version_label="canary") == 3
    with pytest.raises(grpc.RpcError, match="version 2 of model recommender"):
        reload(config_of(base_path, 1, 3, stable=2))
    assert answering(labelled, version_label="stable") == 1


def test_a_configuration_file_is_read_when_it_changes(
    base_path: Path, tmp_path: Path, caplog
) -> None:
    path = tmp_path / "models.config"
    path.write_text(str(config_of(base_path, 1, stable=1)), encoding="utf-8")
    with ModelServer(path, poll_seconds=0.05) as server:
        assert answering(server, version_label="stable") == 1
        path.write_text("nonsense", encoding="utf-8")
        wait_for(lambda: "Cannot read the model conf" in caplog.text)
        assert answering(server, version_label="stable") == 1
        path.write_text(str(config_of(base_path, 2)), encoding="utf-8")
        wait_for(lambda: served(server) == {2})


@pytest.mark.parametrize("text", ["model_config_list { nonsense: 1 }", None])
def test_a_configuration_file_that_cannot_be_read(
    tmp_path: Path, text: str | None, capsys
) -> None:
    path = tmp_path / "models.config"
    if text:
        path.write_text(text, encoding="utf-8")
    assert main(["--model_config_file", str(path), "--port", "0"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"Cannot read the model configuration {path}: ")
    assert error.count("\n") == 1
