"""Two workers and two parameter servers as processes, one worker killed."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer import task
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.preemption import EXIT_CODE
from trainer.training.run import Run

pytestmark = pytest.mark.slow
FLAGS = (
    "--input=stream",
    "--loss=softmax",
    "--user_l2=0",
    "--optimizer=lazy_adam",
    "--table_partitions=2",
)
ROLES = {"chief": 1, "worker": 2, "ps": 2}
SECONDS = 600
COMPARED = 7
"""First epochs, whose losses are compared with those of a single process."""


class Cluster:
    """Processes of one training, by role and index."""

    def __init__(self, flags):
        self._flags = flags
        ports = iter(_free_ports(sum(ROLES.values())))
        self._cluster = {
            role: [f"127.0.0.1:{next(ports)}" for _ in range(count)]
            for role, count in ROLES.items()
        }
        self.processes = {}

    def start(self, role, index=0, *flags):
        config = {
            "cluster": self._cluster,
            "task": {"type": role, "index": index},
        }
        self.processes[role, index] = subprocess.Popen(
            [sys.executable, "-m", "trainer.task", *self._flags, *flags],
            env={
                **os.environ,
                "PYTHONPATH": str(pathlib.Path(__file__).parents[3]),
                "TF_CONFIG": json.dumps(config),
            },
        )

    def serves(self, role, index):
        host, port = self._cluster[role][index].split(":")
        with contextlib.suppress(OSError):
            socket.create_connection((host, int(port))).close()
            return True
        return False


def _free_ports(count):
    with contextlib.ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(count)
        ]
        return [socket_.getsockname()[1] for socket_ in opened]


def wait_until(condition):
    limit = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.2)


def history(run_dir):
    if not json_files.exists(run_dir, run_artifacts.HISTORY):
        return []
    return json_files.read_json_lines(run_dir, run_artifacts.HISTORY)


@pytest.fixture(scope="module")
def trained(train_flags, build_once):
    """A run whose worker was killed, and whose chief was preempted."""

    def train(folder):
        run_dir = str(folder / "run")
        flags = [*train_flags, *FLAGS, f"--run_dir={run_dir}"]
        cluster = Cluster(flags)
        try:
            _train(cluster, run_dir)
        finally:
            for process in cluster.processes.values():
                process.kill()

    return str(build_once("parameter_servers", train) / "run")


def _train(cluster, run_dir):
    for role in ("ps", "worker"):
        for index in range(ROLES[role]):
            cluster.start(role, index)
    cluster.start("chief", 0, "--epochs=100000")
    chief = cluster.processes["chief", 0]
    wait_until(lambda: history(run_dir) or chief.poll() is not None)
    killed = cluster.processes["worker", 1]
    killed.kill()
    killed.wait()
    cluster.start("worker", 1)
    wait_until(lambda: cluster.serves("worker", 1))
    done = max(COMPARED, len(history(run_dir)) + 3)
    wait_until(
        lambda: len(history(run_dir)) >= done or chief.poll() is not None
    )
    assert chief.poll() is None
    chief.send_signal(signal.SIGTERM)
    assert chief.wait(SECONDS) == EXIT_CODE
    epochs = len(history(run_dir)) + 1
    cluster.start("chief", 0, f"--epochs={epochs}")
    codes = {
        place: process.wait(SECONDS)
        for place, process in cluster.processes.items()
    }
    assert not any(codes.values()), codes
    assert len(history(run_dir)) == epochs


def test_the_loss_is_that_of_one_process(trained, train_flags, tmp_path):
    run_dir = str(tmp_path / "single")
    flags = *train_flags, *FLAGS, f"--epochs={COMPARED}"
    task.main([*flags, f"--run_dir={run_dir}"])
    single, several = (
        [row["softmax"] for row in history(folder)[:COMPARED]]
        for folder in (run_dir, trained)
    )
    assert several[-1] < 0.6 * several[0]
    assert np.mean(several) == pytest.approx(np.mean(single), rel=0.2)


def test_what_is_loaded_ranks_as_the_validation_did(trained):
    """From tables in two parts, of the best checkpoint that the chief wrote."""
    recommender = load_recommender(Run.load(trained, RecommenderConfig))
    scores = recommender.user_vectors @ recommender.item_vectors.T
    interacted = recommender.interactions.interacted
    aucs = [
        np.mean(scores[user, item] > np.delete(scores[user], interacted[user]))
        for user, item in recommender.interactions.validation
    ]
    best = max(row["val_auc"] for row in history(trained))
    assert np.mean(aucs) == pytest.approx(best, abs=1e-5)
