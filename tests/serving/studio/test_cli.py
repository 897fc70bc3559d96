"""The command `python -m serving.studio`."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atelier.io.errors import UserError
from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from serving.studio import cli
from serving.studio import warm_up as warm_up_module
from serving.studio.cli import main
from serving.studio.server import bind

ROOT = Path(__file__).parents[3]


@pytest.fixture
def models(tmp_path: Path, publish) -> Path:
    """A folder with version 7 of a recommender."""
    publish(tmp_path / "recommender", 7)
    return tmp_path


@contextlib.contextmanager
def running(
    folder: Path, module: str, *flags: str
) -> Iterator[tuple[subprocess.Popen, str]]:
    """Runs a command until it is ready; gives it and its first address."""
    ready = folder / "ready"
    process = subprocess.Popen(
        [sys.executable, "-m", module, *flags, "--ready_file", str(ready)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not ready.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        yield process, ready.read_text()
    finally:
        process.kill()
        process.communicate()


def test_the_page_and_its_models_are_served(models: Path) -> None:
    recommender = f"recommender={models / 'recommender'}"
    events = models / "events"
    flags = ("--port", "0", "--model", recommender, "--events_dir", str(events))
    with running(models, "serving.studio", *flags) as (process, address):
        url = f"http://{address}"
        assert "<html" in httpx.get(url, trust_env=False).text
        config = httpx.get(f"{url}/studio/config.json", trust_env=False).json()
        health = httpx.get(f"{url}/studio/health", trust_env=False).json()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert config == {
        "feedback": True,
        "experiment": None,
        "models": ["recommender"],
    }
    assert health == {"models": {"recommender": ["7"]}}
    port = address.rpartition(":")[2]
    assert out == (
        f"The studio is open at http://localhost:{port} (press Ctrl+C to stop "
        "it)\n"
    )
    assert (process.returncode, err) == (0, "")
    assert events.is_dir()


def test_the_signatures_of_a_list_are_warm_before_the_page_opens(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed = []
    monkeypatch.setattr(
        warm_up_module,
        "warm_up",
        lambda address, model_dirs, names=(), *_: warmed.append(names),
    )
    model_dirs = {"recommender": models / "recommender"}
    options = cli.StudioOptions(model=tuple(model_dirs.items()))
    with cli._rest_server(options, model_dirs):
        assert warmed[0] == warm_up_module.FIRST_SIGNATURES
        assert set(warmed[0]) <= SIGNATURES[RECOMMENDER].keys()


def test_another_server_may_have_the_models(server, tmp_path: Path) -> None:
    experiment = {
        "name": "ease",
        "salt": "7f3a",
        "labels": {"stable": 0.5, "canary": 0.5},
    }
    (tmp_path / "experiment.json").write_text(json.dumps(experiment))
    flags = (
        *("--port", "0", "--rest_server", f"http://{server.rest_address}"),
        *("--experiment", str(tmp_path / "experiment.json")),
        *("--allowed_host", "Shop.Example"),
    )
    with running(tmp_path, "serving.studio", *flags) as (process, address):
        url = f"http://{address}"
        config = httpx.get(f"{url}/studio/config.json", trust_env=False).json()
        health = httpx.get(f"{url}/studio/health", trust_env=False).json()
        named = httpx.get(
            url, headers={"host": "shop.example"}, trust_env=False
        )
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, "")
    assert named.status_code == 200
    assert config["experiment"] == experiment
    assert health == {"models": {"recommender": ["7"], "designer": ["3"]}}


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "localhost:8080"),
        ("0.0.0.0", "localhost:8080"),
        ("::1", "[::1]:8080"),
        ("[::1]", "[::1]:8080"),
        ("shop.example", "shop.example:8080"),
    ],
)
def test_the_address_is_shown_as_people_type_it(host: str, shown: str) -> None:
    assert cli._shown(f"{cli._bracketed(host)}:8080") == shown


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("", "give --model recommender=DIR or --rest_server URL"),
        ("--model shop={models}/recommender", "recommender or designer, got"),
        ("--model recommender={models}/none", "there is no folder"),
        ("--model recommender={models}", "holds no version"),
        (
            "--rest_server localhost:8501",
            "such as http://localhost:8501, got 'localhost:8501'",
        ),
        ("--rest_server http://x --port 70000", "--port must be at most"),
        ("--rest_server http://x --port {taken}", "choose another port"),
        ("--rest_server http://x --experiment none.json", "no experiment file"),
        (
            "--model recommender={models}/recommender --experiment e.json",
            "--experiment needs --rest_server",
        ),
    ],
)
def test_errors_are_one_sentence(
    models: Path, flags: str, sentence: str
) -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        taken = listener.getsockname()[1]
        argv = flags.format(models=models, taken=taken).split()

        with pytest.raises(UserError) as raised:
            main(argv)

    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_help_does_not_import_tensorflow() -> None:
    script = (
        "import sys\n"
        "from serving.studio.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        "    print(sorted({'tensorflow', 'numpy', 'grpc'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
