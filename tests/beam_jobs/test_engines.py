"""Every engine writes the data set that Beam's own local runner writes."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import FlinkRunnerOptions

from beam_jobs import prepare

pytestmark = pytest.mark.slow
ROOT = pathlib.Path(__file__).parents[2]
JAR = os.environ.get("FLINK_JOB_SERVER_JAR")
# What Flink's own configuration opens for Java 17.
OPENED = (
    "java.lang java.lang.reflect java.io java.net java.nio sun.nio.ch "
    "java.text java.time java.util java.util.concurrent "
    "java.util.concurrent.atomic java.util.concurrent.locks"
)
JAVA_OPTIONS = " ".join(
    f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED.split()
)
SECONDS = 240


@pytest.fixture(scope="module")
def faulty_flags(shop, flags_of, tmp_path_factory):
    """Flags that prepare the sound shop with some faults added."""
    folder = tmp_path_factory.mktemp("engines") / "shop"
    shutil.copytree(shop, folder)
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

    def flags(data_dir):
        return [
            *flags_of(folder, data_dir),
            "--max_rejected=1",
            "--min_user_interactions=3",
        ]

    return flags


@pytest.fixture(scope="module")
def expected(faulty_flags, tmp_path_factory):
    """What Beam's own local runner makes of the shop."""
    data_dir = tmp_path_factory.mktemp("expected") / "data"
    prepare.main(faulty_flags(data_dir))
    return contents(data_dir)


@pytest.fixture
def prepare_on(faulty_flags, tmp_path):
    """Prepares the shop in a process of its own and returns the contents."""

    def run(*flags, **environment):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "beam_jobs.prepare",
                *faulty_flags(tmp_path / "data"),
                *flags,
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr[-8000:]
        return contents(tmp_path / "data"), done.stderr

    return run


@pytest.fixture
def start(tmp_path):
    """Starts modules that serve a port, and stops them after the test."""
    started = {}

    def serve(*modules):
        ports = [_free_port() for _ in modules]
        for port, (module, flag) in zip(ports, modules, strict=True):
            with open(tmp_path / f"{port}.log", "w") as log:
                started[port] = subprocess.Popen(
                    [sys.executable, "-m", module, f"{flag}={port}"],
                    cwd=ROOT,
                    # Workers are started as `python`.
                    env={**os.environ, "PATH": _path_with_this_python()},
                    stdout=log,
                    stderr=log,
                )
        for port in ports:
            _wait_for(started[port], port, tmp_path / f"{port}.log")
        return [f"127.0.0.1:{port}" for port in ports]

    yield serve
    for process in started.values():
        process.terminate()
    for process in started.values():
        process.wait()


def contents(data_dir):
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


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _path_with_this_python():
    return f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"


def _wait_for(process, port, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_the_shop_has_records_and_faults(expected):
    files, manifest = expected

    assert len(files) > 10
    rejected = [name for name in files if name.startswith("rejected/rejected")]
    assert sum(files[name].count(b"\n") for name in rejected) >= 9
    assert manifest["counts"]["train"] >= 10
    assert manifest["counts"]["identical_photos"] == 8


def test_two_processes(expected, prepare_on, our_lines):
    made, said = prepare_on(
        "--direct_running_mode=multi_processing", "--direct_num_workers=2"
    )

    assert made == expected
    # Workers keep quiet but for what Beam 2.77 logs before it reads its flags.
    logged = {
        line
        for line in our_lines(said)
        if line.strip() and "prepare: written" not in line
    }
    assert not [line for line in logged if "apache_beam." in line]
    assert len(logged) <= 2


def test_a_job_server_and_workers_in_other_processes(
    expected, prepare_on, start
):
    """The job goes over the wire, to workers that share nothing with it."""
    jobs, workers = start(
        ("apache_beam.runners.portability.local_job_service_main", "--port"),
        ("apache_beam.runners.worker.worker_pool_main", "--service_port"),
    )

    made, _ = prepare_on(
        "--runner=PortableRunner",
        f"--job_endpoint={jobs}",
        "--environment_type=EXTERNAL",
        f"--environment_config={workers}",
    )

    assert made == expected


@pytest.mark.skipif(not JAR, reason="needs Java and Maven: make test-flink")
def test_flink(expected, prepare_on):
    made, _ = prepare_on(
        "--runner=FlinkRunner",
        f"--flink_job_server_jar={JAR}",
        "--flink_master=[local]",
        "--parallelism=2",
        "--environment_type=LOOPBACK",
        JDK_JAVA_OPTIONS=JAVA_OPTIONS,
    )

    assert made == expected


@pytest.fixture
def fetch_job_server(tmp_path):
    """Runs the script of `make test-flink`; some Bash stands for Maven."""

    def fetch(maven):
        path = tmp_path / "mvn"
        path.write_text(f"#!/usr/bin/env bash\n{maven}\n")
        path.chmod(0o755)
        return subprocess.run(
            [
                ROOT / "beam_jobs/flink_job_server.sh",
                sys.executable,
                tmp_path / "flink/job-server.jar",
            ],
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    return fetch


def test_the_job_server_is_that_of_the_installed_beam(
    fetch_job_server, tmp_path
):
    done = fetch_job_server(
        """
        for flag; do case $flag in
          -Dartifact=*) IFS=: read -r group name version <<< "${flag#*=}" ;;
          -DoutputDirectory=*) folder=${flag#*=} ;;
        esac; done
        echo "$group $name $version" > "$folder/$name-$version.jar"
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    group, name, version = (
        (tmp_path / "flink/job-server.jar").read_text().split()
    )
    assert group == "org.apache.beam"
    flink = FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS[-1]
    assert name == f"beam-runners-flink-{flink}-job-server"
    assert version == beam.__version__


def test_a_job_server_that_maven_has_not(fetch_job_server, tmp_path):
    done = fetch_job_server("echo no such thing; exit 1")

    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: Maven cannot get org.apache.beam:beam-runners-flink-"
    )
    assert "no such thing" in (tmp_path / "flink/mvn.log").read_text()
    assert not (tmp_path / "flink/job-server.jar").exists()
