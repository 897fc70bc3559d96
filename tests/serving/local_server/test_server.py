"""The local server's answers over gRPC, and its life."""

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2
from grpc_health.v1 import health_pb2_grpc
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from serving.local_server import cli
from serving.local_server import server as server_module
from serving.local_server.cli import main
from serving.local_server.metrics import Metrics
from serving.local_server.prediction_service import PredictionService
from serving.local_server.server import ModelServer
from serving.local_server.server import StartError

BALLAST_MB = 32
State = get_model_status_pb2.ModelVersionStatus.State


class Stubs:
    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target)
        prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self.channel
        )
        self.predict = prediction.Predict
        self.metadata = prediction.GetModelMetadata
        self.status = model_service_pb2_grpc.ModelServiceStub(
            self.channel
        ).GetModelStatus


@pytest.fixture(scope="module")
def stubs(server: ModelServer) -> Iterator[Stubs]:
    opened = Stubs(server.address)
    yield opened
    opened.channel.close()


def predict_request(
    signature: str = "",
    inputs: dict | None = None,
    outputs: tuple[str, ...] = (),
) -> predict_pb2.PredictRequest:
    """A request to recommend for ann, unless told otherwise."""
    request = predict_pb2.PredictRequest(output_filter=outputs)
    request.model_spec.name = "recommender"
    request.model_spec.signature_name = signature
    if inputs is None:
        inputs = {"user_id": ["ann"]}
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


def refusal(call, request) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=10)
    return caught.value.code().name, caught.value.details()


@pytest.mark.compat
def test_predict_answers_with_the_model_spec(stubs: Stubs) -> None:
    response = stubs.predict(predict_request())
    assert response.model_spec.name == "recommender"
    assert response.model_spec.version.value == 7
    assert response.model_spec.signature_name == "serving_default"
    outputs = SIGNATURES[RECOMMENDER]["serving_default"].outputs
    assert set(response.outputs) == {output.name for output in outputs}
    assert tf.make_ndarray(response.outputs["known_user"]).tolist() == [True]


def test_output_filter_leaves_the_rest_out(stubs: Stubs) -> None:
    response = stubs.predict(predict_request(outputs=("scores",)))
    assert list(response.outputs) == ["scores"]


def test_the_loaded_version_can_be_requested(stubs: Stubs) -> None:
    request = predict_request()
    request.model_spec.version.value = 7
    assert stubs.predict(request).model_spec.version.value == 7


def test_outputs_are_lists_of_values_by_default(
    stubs: Stubs, publish, tmp_path: Path
) -> None:
    outputs = stubs.predict(predict_request()).outputs
    assert list(outputs["scores"].float_val) == [4.0, 3.0, 3.0, 1.0]
    assert not outputs["scores"].tensor_content
    publish(tmp_path, 7)
    with ModelServer({"recommender": tmp_path}, tensor_content=True) as running:
        other = Stubs(running.address)
        compact = other.predict(predict_request()).outputs
        other.channel.close()
    assert compact["scores"].tensor_content
    for name, tensor in outputs.items():
        assert np.array_equal(
            tf.make_ndarray(tensor), tf.make_ndarray(compact[name])
        )


def test_an_empty_batch_has_an_empty_answer(stubs: Stubs) -> None:
    response = stubs.predict(
        predict_request(inputs={"user_id": np.array([], np.bytes_)})
    )
    assert tf.make_ndarray(response.outputs["item_ids"]).shape == (0, 4)


def with_spec(**fields) -> predict_pb2.PredictRequest:
    request = predict_request()
    for name, value in fields.items():
        if name == "version":
            request.model_spec.version.value = value
        else:
            setattr(request.model_spec, name, value)
    return request


def test_an_op_that_fails_speaks_for_itself(stubs: Stubs) -> None:
    code, text = refusal(
        stubs.predict,
        predict_request("embed_images", {"image_bytes": [b"no image"]}),
    )
    assert code == "INVALID_ARGUMENT"
    assert "Unknown image file format. One of JPEG, " in text
    assert "Original stack trace" not in text
    assert "Graph execution error" not in text


def test_a_long_text_is_cut_by_bytes(stubs: Stubs) -> None:
    code, text = refusal(stubs.predict, with_spec(name="👗" * 2000))
    assert code == "NOT_FOUND"
    assert text.endswith("👗...TRUNCATED")
    assert len(text.encode()) <= 1024 + len("...TRUNCATED")


def test_metadata_tells_the_signatures(stubs: Stubs) -> None:
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=with_spec().model_spec, metadata_field=["signature_def"]
    )
    response = stubs.metadata(request)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert response.model_spec.version.value == 7
    excluding = signatures.signature_def["recommend_excluding"]
    assert set(excluding.inputs) == {"user_id", "exclude_ids"}
    assert excluding.outputs["scores"].dtype == tf.float32.as_datatype_enum
    assert excluding.method_name == "tensorflow/serving/predict"


class Hammer:
    """Calls without a pause, from several threads, until it is left."""

    def __init__(self, stubs: Stubs) -> None:
        self._stubs = stubs
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(3)]
        self.failures: list[grpc.RpcError] = []
        self.answers: list[tuple[int, float]] = []

    def __enter__(self) -> "Hammer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        while not self._stop.is_set():
            try:
                response = self._stubs.predict(predict_request(), timeout=10)
            except grpc.RpcError as error:
                self.failures.append(error)
                continue
            best = tf.make_ndarray(response.outputs["scores"]).max()
            self.answers.append((response.model_spec.version.value, best))


def wait_for(condition) -> None:
    give_up_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up_at, "waited 10 s in vain"
        time.sleep(0.01)


def test_hot_swap_under_load_fails_no_call(publish, tmp_path: Path) -> None:
    publish(tmp_path, 1)
    with ModelServer({"recommender": tmp_path}, poll_seconds=0.05) as running:
        stubs = Stubs(running.address)
        with Hammer(stubs) as hammer:
            wait_for(lambda: len(hammer.answers) > 20)
            broken = tmp_path / "tmp-2"
            broken.mkdir()
            (broken / "saved_model.pb").write_bytes(b"\xff")
            broken.rename(tmp_path / "2")
            wait_for(lambda: 2 in running.models.stores["recommender"].statuses)
            publish(tmp_path, 3, scale=10)
            wait_for(lambda: hammer.answers[-1][0] == 3)
        response = stubs.status(
            get_model_status_pb2.GetModelStatusRequest(
                model_spec=with_spec().model_spec
            )
        )
        stubs.channel.close()
    assert hammer.failures == []
    assert {version for version, _ in hammer.answers} == {1, 3}
    # ann's best item scores 3 + 1, and ten times that in the new version.
    assert set(hammer.answers) == {(1, 4.0), (3, 40.0)}
    assert [
        (s.version, State.Name(s.state), bool(s.status.error_code))
        for s in response.model_version_status
    ] == [(3, "AVAILABLE", False), (2, "END", True), (1, "END", False)]


class Numbered(tf.Module):
    """Its score is the number in its asset; its weights are large."""

    def __init__(self, asset: Path) -> None:
        super().__init__()
        self.asset = tf.saved_model.Asset(str(asset))
        self.weights = tf.Variable(tf.zeros([BALLAST_MB << 18]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "user_id")])
    def score(self, user_id: tf.Tensor) -> dict[str, tf.Tensor]:
        number = tf.strings.to_number(tf.io.read_file(self.asset))
        score = number + tf.reduce_max(self.weights)
        return {"scores": tf.fill([tf.size(user_id), 1], score)}


@pytest.fixture
def publish_numbered(tmp_path: Path) -> Callable[[Path, int], None]:
    """Returns publish_numbered(base_path, version)."""
    saved = tmp_path / "saved"
    (tmp_path / "number").touch()
    module = Numbered(tmp_path / "number")
    tf.saved_model.save(module, str(saved), signatures=module.score)

    def publish(base_path: Path, version: int) -> None:
        partial = base_path / f"tmp-{version}"
        shutil.copytree(saved, partial)
        (partial / "assets" / "number").write_text(str(version))
        partial.rename(base_path / str(version))

    return publish


@pytest.mark.parametrize(
    "versions", [7, pytest.param(100, marks=pytest.mark.slow)]
)
def test_version_after_version_under_load(
    publish_numbered, memory_mb, tmp_path: Path, versions: int
) -> None:
    """No call fails, none is answered by two, and no version stays behind."""
    base_path = tmp_path / "recommender"
    publish_numbered(base_path, 1)
    memory = {}
    with ModelServer({"recommender": base_path}, poll_seconds=0.02) as running:
        stubs = Stubs(running.address)
        with Hammer(stubs) as hammer:
            for version in range(2, versions + 1):
                publish_numbered(base_path, version)
                last = (version, float(version))
                wait_for(lambda last=last: last in hammer.answers[-1:])
                memory[version] = memory_mb()
        stubs.channel.close()
    assert hammer.failures == []
    assert set(hammer.answers) == {
        (version, float(version)) for version in range(1, versions + 1)
    }
    assert memory[versions] - memory[3] < 2 * BALLAST_MB


def test_it_says_whether_it_answers(publish, tmp_path: Path) -> None:
    publish(tmp_path, 1)
    states = health_pb2.HealthCheckResponse
    # One who watches is a call in flight that only the grace ends.
    with ModelServer({"recommender": tmp_path}, grace_seconds=1) as running:
        channel = grpc.insecure_channel(running.address)
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("PredictionService", "ModelService", ""):
            request = health_pb2.HealthCheckRequest(service=service)
            assert stub.Check(request, timeout=10).status == states.SERVING
        watched = stub.Watch(request, timeout=10)
        assert next(watched).status == states.SERVING
    assert next(watched).status == states.NOT_SERVING
    channel.close()


def test_a_bug_is_answered(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    with ModelServer({"recommender": tmp_path}) as running:
        model = running.models.stores["recommender"].newest
        monkeypatch.setattr(model, "run", lambda *_: 1 / 0)
        stubs = Stubs(running.address)
        code, text = refusal(stubs.predict, predict_request())
        stubs.channel.close()
    assert code == "INTERNAL"
    assert text == "ZeroDivisionError: division by zero"


def test_a_failed_poll_is_not_the_last(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    publish(tmp_path, 1)
    with ModelServer({"recommender": tmp_path}, poll_seconds=0.05) as running:
        with monkeypatch.context() as broken:
            broken.setattr(running.models, "refresh", lambda: 1 / 0)
            wait_for(lambda: "new versions: division by zero" in caplog.text)
        publish(tmp_path, 2)
        store = running.models.stores["recommender"]
        wait_for(lambda: store.newest.version == 2)


def test_leaving_lets_calls_in_flight_finish(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    entered = threading.Event()
    with ModelServer({"recommender": tmp_path}) as running:
        model = running.models.stores["recommender"].newest
        run = model.run

        def slow_run(*arguments):
            entered.set()
            time.sleep(0.3)
            return run(*arguments)

        monkeypatch.setattr(model, "run", slow_run)
        stubs = Stubs(running.address)
        in_flight = stubs.predict.future(predict_request(), timeout=10)
        assert entered.wait(5)
    assert in_flight.result().model_spec.version.value == 1
    assert refusal(stubs.predict, predict_request())[0] == "UNAVAILABLE"
    stubs.channel.close()


def test_a_call_that_was_given_up_is_not_run(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def abort(code: grpc.StatusCode, details: str) -> None:
        raise RuntimeError(code.name)

    model = server.models.stores["recommender"].newest
    monkeypatch.setattr(model, "run", lambda *_: pytest.fail("It was run."))
    service = PredictionService(server.models, Metrics(server.models))
    context = types.SimpleNamespace(is_active=lambda: False, abort=abort)
    with pytest.raises(RuntimeError, match="CANCELLED"):
        service.Predict(predict_request(), context)


def test_two_models_on_one_port(publish, tmp_path: Path) -> None:
    publish(tmp_path / "a", 1)
    publish(tmp_path / "b", 2)
    with ModelServer({n: tmp_path / n for n in "ab"}) as running:
        stubs = Stubs(running.address)
        versions = [
            stubs.predict(with_spec(name=name)).model_spec.version.value
            for name in "ab"
        ]
        stubs.channel.close()
    assert versions == [1, 2]


def test_main_reports_a_missing_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_path = tmp_path / "m"
    assert main(["--model", f"recommender={base_path}", "--port", "0"]) == 2
    assert capsys.readouterr().err == (
        f"There is no directory for model 'recommender' in {base_path}; export "
        "a version there first, so that <number>/saved_model.pb exists.\n"
    )


def test_an_empty_directory_waits_for_a_first_version(
    publish, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    later = threading.Timer(0.3, publish, (tmp_path, 4))
    later.start()
    with ModelServer({"m": tmp_path}, poll_seconds=0.02) as running:
        assert running.models.stores["m"].newest.version == 4
    later.join()
    assert caplog.text.count("Waiting for a first version of model 'm'") == 1


def test_a_first_version_that_is_broken_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"\xff")
    with pytest.raises(StartError, match="Cannot load the newest version"):
        ModelServer({"recommender": tmp_path})


def test_a_port_in_use_is_an_error(
    server: ModelServer, publish, tmp_path: Path
) -> None:
    publish(tmp_path, 1)
    port = int(server.address.rpartition(":")[2])
    with pytest.raises(StartError, match=f"Cannot listen on 127.0.0.1:{port}"):
        ModelServer({"recommender": tmp_path}, port=port)


def test_certificates_that_are_none_are_an_error(
    publish, tmp_path: Path
) -> None:
    publish(tmp_path, 1)
    credentials = grpc.ssl_server_credentials([(b"no key", b"no certificate")])
    with pytest.raises(StartError, match="certificates of --ssl_config_file"):
        ModelServer({"recommender": tmp_path}, credentials=credentials)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match="Cannot listen on"):
            ModelServer(
                {"recommender": tmp_path}, port=port, credentials=credentials
            )


def test_an_unwritable_ready_file_is_an_error(
    publish,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "StopSignal", lambda: None)
    publish(tmp_path / "m", 1)
    flags = ["--model", f"recommender={tmp_path / 'm'}", "--port", "0"]
    assert main([*flags, "--ready_file", f"{tmp_path}/no/ready"]) == 2
    assert "Cannot write --ready_file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--model", "recommender"], "expected NAME=DIR, got 'recommender'"),
        (["--model", "a=x", "--model", "a=y"], "same NAME was given twice"),
        (["--model", "a=x", "--poll_seconds", "0"], "expected more than 0"),
        (["--model", "a=x", "--poll_seconds", "inf"], "expected more than 0"),
        (
            ["--model", "a=x", "--rest_api_timeout_in_ms", "-1"],
            "expected 0 or more",
        ),
    ],
)
def test_usage_errors(
    argv: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert text in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.compat
def test_the_program_serves_until_it_is_stopped(
    publish, tmp_path: Path, our_lines
) -> None:
    publish(tmp_path / "m", 5)
    ready_file = tmp_path / "ready"
    program = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "serving.local_server"]
        + ["--model", f"recommender={tmp_path / 'm'}"]
        + ["--port", "0", "--ready_file", str(ready_file)],
        cwd=Path(server_module.__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not ready_file.exists() and program.poll() is None:
            time.sleep(0.05)
        address = ready_file.read_text(encoding="utf-8")
        stubs = Stubs(address)
        response = stubs.predict(predict_request(), timeout=10)
        stubs.channel.close()
        program.send_signal(signal.SIGTERM)
        # Longer than its grace, which a call whose end got lost may use up.
        program.wait(timeout=90)
    finally:
        program.send_signal(signal.SIGABRT)  # A hung one prints its stacks.
        output, errors = program.communicate()
        print(errors)
    assert response.model_spec.version.value == 5
    assert program.returncode == 0
    assert output.startswith(f"Serving recommender version 5 at {address}; try")
    assert output.count("\n") == 1
    assert our_lines(errors) == []
