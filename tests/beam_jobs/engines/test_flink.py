"""Flink writes the files that Beam's local runner writes.

`make test-flink` fetches the jars and runs these; elsewhere they are skipped.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from atelier.schema import paths
from beam_jobs.embed import cli as embed
from tests.beam_jobs.engines.flink_cluster import SHORT_LIVED
from tests.beam_jobs.engines.flink_cluster import FlinkCluster

pytestmark = pytest.mark.slow
ROOT = pathlib.Path(__file__).parents[3]
WORKER = ROOT / "beam_jobs/engines/worker.sh"
# Of the job server and of Flink inside of it.
JAVA_OPTIONS = " ".join(("-Xmx1g", *SHORT_LIVED))


@pytest.fixture
def flink_flags(job_server):
    """Flags for a Flink at an address."""
    jar = job_server("flink").jar

    def flags(address):
        return [
            "--runner=FlinkRunner",
            f"--flink_job_server_jar={jar}",
            f"--flink_master={address}",
            "--parallelism=2",
        ]

    return flags


@pytest.fixture
def process_flags(flink_flags):
    """Flags for a cluster whose TaskManagers start Python workers."""

    def flags(cluster, command=WORKER):
        environment = {
            "command": str(command),
            "env": {"PYTHON": sys.executable},
        }
        return [
            *flink_flags(cluster.address),
            "--environment_type=PROCESS",
            f"--environment_config={json.dumps(environment)}",
            # One worker for a TaskManager and job, not one for each stage.
            "--environment_cache_millis=60000",
        ]

    return flags


@pytest.fixture(scope="module")
def cluster(job_server, tmp_path_factory):
    """A JobManager and two TaskManagers."""
    folder = tmp_path_factory.mktemp("cluster")
    with FlinkCluster(job_server("flink"), folder) as cluster:
        cluster.start_task_manager()
        cluster.start_task_manager()
        cluster.wait_for_slots(2)
        yield cluster


def test_flink_inside_the_job_server(expected, prepare_on, flink_flags):
    made, _ = prepare_on(
        *flink_flags("[local]"),
        "--environment_type=LOOPBACK",
        JDK_JAVA_OPTIONS=JAVA_OPTIONS,
    )

    assert made == expected


@pytest.fixture
def run_job(flink_flags):
    """Runs another command on Flink inside the job server."""

    def run(module, *flags):
        done = subprocess.run(
            [
                *(sys.executable, "-m", module, *flags),
                *flink_flags("[local]"),
                "--environment_type=LOOPBACK",
            ],
            cwd=ROOT,
            env={**os.environ, "JDK_JAVA_OPTIONS": JAVA_OPTIONS},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-8000:]

    return run


def test_embeddings(run_job, exported, data_dir, tmp_path):
    flags = [f"--model_dir={exported.parent}", f"--data_dir={data_dir}"]
    embed.main([*flags, f"--out_dir={tmp_path / 'local'}"])

    run_job("beam_jobs.embed", *flags, f"--out_dir={tmp_path / 'flink'}")

    for table, key in (("items", "item_id"), ("users", "user_id")):
        local, flink = (
            pq.read_table(tmp_path / runner / table).sort_by(key)
            for runner in ("local", "flink")
        )
        assert local.num_rows
        assert flink == local


def test_anomalies(run_job, data_dir, tmp_path):
    pytest.importorskip("tensorflow_data_validation")
    from beam_jobs.validate import cli as validate

    local, flink = (
        str(shutil.copytree(data_dir, tmp_path / runner))
        for runner in ("local", "flink")
    )
    validate.main([f"--data_dir={local}"])

    run_job("beam_jobs.validate", f"--data_dir={flink}")

    for name in (paths.SCHEMA, paths.ANOMALIES):
        written = pathlib.Path(flink, name).read_bytes()
        assert written == pathlib.Path(local, name).read_bytes()


def test_a_cluster(expected, prepare_on, process_flags, cluster):
    made, _ = prepare_on(*process_flags(cluster), JDK_JAVA_OPTIONS=JAVA_OPTIONS)

    assert made == expected
    job = cluster.jobs()[-1]
    assert job["state"] == "FINISHED"
    subtasks = cluster.subtasks(job["jid"], "Stage photos")
    assert len({name for name, _ in subtasks}) == 2


def is_running(process_group):
    try:
        os.killpg(process_group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_cluster_without_a_task_manager(
    start_prepare, process_flags, job_server, tmp_path
):
    with FlinkCluster(job_server("flink"), tmp_path / "empty") as empty:
        empty.wait_for_slots(0)
        job = start_prepare(
            *process_flags(empty),
            "--start_timeout=10",
            JDK_JAVA_OPTIONS=JAVA_OPTIONS,
        )
        _, said = job.communicate(timeout=900)

    assert job.returncode == 1
    assert "error: the job failed: no worker has started it within 10 s" in said
    # The job server ends with the command.
    deadline = time.monotonic() + 60
    while is_running(job.pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_failure_names_its_cause(start_prepare, process_flags, cluster):
    job = start_prepare(
        *process_flags(cluster, "/gone/worker.sh"),
        JDK_JAVA_OPTIONS=JAVA_OPTIONS,
    )

    _, said = job.communicate(timeout=900)

    assert job.returncode == 1
    assert (
        "error: the job failed: java.io.IOException: Cannot run program "
        '"/gone/worker.sh"'
    ) in said


def test_a_task_manager_is_killed(
    expected, start_prepare, finished, process_flags, cluster, photo_server
):
    """`kill -9` while photos are staged; another TaskManager takes over."""
    photo_server.hold()
    job = start_prepare(*process_flags(cluster), JDK_JAVA_OPTIONS=JAVA_OPTIONS)
    try:
        while not photo_server.asked.wait(1):
            assert job.poll() is None, job.communicate()[1][-8000:]
        running = cluster.jobs()[-1]
        subtasks = cluster.subtasks(running["jid"], "Stage photos")
        staging = [name for name, status in subtasks if status == "RUNNING"]
        killed = cluster.kill(staging[0])
    finally:
        photo_server.release()
    cluster.start_task_manager()

    made, _ = finished(job)

    assert killed.returncode == -signal.SIGKILL
    assert made == expected
    assert cluster.jobs()[-1]["jid"] == running["jid"]
    assert cluster.jobs()[-1]["state"] == "FINISHED"
    assert staging[0] in cluster.failed(running["jid"])
