"""A shop with faults, what the local runner makes of it, and servers."""

import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from beam_jobs.engines.job_server import JOB_SERVERS
from beam_jobs.prepare import cli as prepare
from tests.beam_jobs.engines.flink_cluster import free_ports

ROOT = pathlib.Path(__file__).parents[3]
SECONDS = 900
"""Limit of a job and a start, for a hang: all of them take a minute."""


class PhotoServer(http.server.ThreadingHTTPServer):
    """Serves photos on 127.0.0.1 and can hold its answers back.

    Attributes:
        asked: Set when somebody asked for a photo since `hold`.
    """

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), _PhotoHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.folder = folder
        self.asked = threading.Event()
        self.free = threading.Event()
        self.free.set()

    def hold(self):
        """Keeps everybody waiting who asks for a photo, until `release`."""
        self.asked.clear()
        self.free.clear()

    def release(self):
        self.free.set()

    def handle_error(self, request, client_address):
        """The worker that asked was killed."""


class _PhotoHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.set()
        self.server.free.wait(SECONDS)
        data = (self.server.folder / self.path.strip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def shop_folder(shop, tmp_path_factory):
    """A copy of the sound shop."""
    folder = tmp_path_factory.mktemp("engines") / "shop"
    shutil.copytree(shop, folder)
    return folder


@pytest.fixture(scope="session")
def photo_server(shop_folder):
    """Serves the photos of the shop's last item, and of any other."""
    server = PhotoServer(shop_folder / "photos")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.release()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def faulty_flags(shop_folder, photo_server, flags_of):
    """Flags that prepare the shop with faults; some photos are on the web."""
    folder = shop_folder
    cut = folder / "photos" / "3.jpg"
    cut.write_bytes(cut.read_bytes()[:200])
    for number in range(4, 12):  # Eight pairs of twins.
        twin = (folder / "photos" / f"{number + 8}.jpg").read_bytes()
        (folder / "photos" / f"{number}.jpg").write_bytes(twin)
    for name, lines in {
        "log": ['ann,"no. 1, ñ"', "ann,nowhere", ",nobody", "few,few"],
        "items": ['"no. 1, ñ",shoe', "photoless,hat"],
        "photos": ["stranger,photos/1.jpg", "photoless,gone.jpg"],
    }.items():
        with open(folder / f"{name}.csv", "a", encoding="utf-8") as file:
            file.write("\n" + "\n".join(lines))
    table = folder / "photos.csv"
    text = table.read_text("utf-8")
    for number in range(15, 20):
        path = f"photos/{number}.jpg"
        assert path in text
        text = text.replace(path, f"{photo_server.url}/{number}.jpg")
    table.write_text(text, "utf-8")

    def flags(data_dir):
        return [
            *flags_of(folder, data_dir),
            "--max_rejected=1",
            "--min_user_interactions=3",
            f"--photo_timeout={SECONDS}",
            "--photo_hosts=127.0.0.1",
        ]

    return flags


@pytest.fixture(scope="session")
def expected(faulty_flags, tmp_path_factory):
    """Data set of the shop, prepared by Beam's local runner."""
    data_dir = tmp_path_factory.mktemp("expected") / "data"
    prepare.main(faulty_flags(data_dir))
    return _contents(data_dir)


@pytest.fixture
def start_prepare(faulty_flags, tmp_path):
    """Starts to prepare the shop, in a process that ends with the test."""
    started = []

    def start(*flags, **environment):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "beam_jobs.prepare"),
                *faulty_flags(tmp_path / "data"),
                *flags,
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A group of its own: the job server ends with it.
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def finished(tmp_path):
    """Waits for a started job and returns the contents, and what it said."""

    def wait(process):
        _, said = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said[-8000:]
        return _contents(tmp_path / "data"), said

    return wait


@pytest.fixture
def prepare_on(start_prepare, finished):
    """Prepares the shop in a process of its own and returns the contents."""

    def run(*flags, **environment):
        return finished(start_prepare(*flags, **environment))

    return run


@pytest.fixture
def start_servers(tmp_path):
    """Starts commands that serve a port, and stops them after the test."""
    started = []

    def start(*commands, **environment):
        """`commands` hold {port}; returns the addresses."""
        begun = []
        for port, command in zip(
            free_ports(len(commands)), commands, strict=True
        ):
            with open(tmp_path / f"{port}.log", "w") as log:
                process = subprocess.Popen(
                    [part.format(port=port) for part in command],
                    cwd=ROOT,
                    env={**os.environ, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            started.append(process)
            begun.append((process, port, tmp_path / f"{port}.log"))
        for process, port, log in begun:
            _wait_for(process, port, log)
        return [f"127.0.0.1:{port}" for _, port, _ in begun]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(20)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def job_server():
    """Finds a job server whose jars `make` has fetched."""

    def find(engine):
        server = JOB_SERVERS[engine]
        if os.environ.get("ENGINES") is None or not server.jar.is_file():
            pytest.skip(f"needs Java and Maven: make test-{engine}")
        return server

    return find


def _contents(data_dir):
    """Reads a data set: its files, and what its manifest says of them."""
    root = pathlib.Path(data_dir)
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    manifest = json.loads(files.pop("manifest.json"))
    said = ("counts", "rows", "rejected", "content_hash")
    return files, {name: manifest[name] for name in said}


def _wait_for(process, port, log):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
