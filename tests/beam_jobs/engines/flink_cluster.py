"""A standalone Flink cluster on this machine, each part a process."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

from beam_jobs.engines.job_server import JobServer

JOB_MANAGER = (
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
)
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
STARTED_S = 300
SHORT_LIVED = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Options of `java` that save what a JVM of a minute never earns back."""

# Flink's shell scripts, which are not in any jar, would work out the sizes of
# memory and write them into the configuration. A shuffle of this job needs up
# to 512 network buffers of 32 KB in a task; 64 MB were too little.
CONFIG = """\
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: {rpc}
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: {rest}
blob.server.port: {blob}
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: 1
taskmanager.cpu.cores: 1.0
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.task.heap.size: 400m
taskmanager.memory.task.off-heap.size: 64m
taskmanager.memory.managed.size: 128m
taskmanager.memory.network.min: 256m
taskmanager.memory.network.max: 256m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
classloader.resolve-order: parent-first
heartbeat.interval: 1000
restart-strategy.type: fixed-delay
restart-strategy.fixed-delay.attempts: 5
restart-strategy.fixed-delay.delay: 1 s
io.tmp.dirs: {folder}/tmp
"""


class FlinkCluster:
    """A JobManager and TaskManagers with one slot each.

    Use it as a context: all of its processes end with the context.

    Args:
        server: Job server, whose jars include all of Flink.
        folder: Folder of configuration, logs and temporary files.
    """

    def __init__(self, server: JobServer, folder: pathlib.Path):
        self._server = server
        self._folder = folder
        self._processes: dict[str, subprocess.Popen] = {}
        rpc, rest, blob = free_ports(3)
        self.address = f"127.0.0.1:{rest}"
        (folder / "conf").mkdir(parents=True)
        (folder / "tmp").mkdir()
        (folder / "conf" / "config.yaml").write_text(
            CONFIG.format(rpc=rpc, rest=rest, blob=blob, folder=folder)
        )

    def __enter__(self):
        self._start("jobmanager", "512m", JOB_MANAGER)
        return self

    def __exit__(self, *error):
        for process in self._processes.values():
            _kill_group(process, signal.SIGTERM)
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            # Also Python workers that outlived their TaskManager.
            _kill_group(process, signal.SIGKILL)
            process.wait()

    def start_task_manager(self):
        """Starts one more TaskManager."""
        name = f"taskmanager{len(self._processes)}"
        resource = f"-Dtaskmanager.resource-id={name}"
        self._start(name, "700m", TASK_MANAGER, resource)

    def kill(self, task_manager: str) -> subprocess.Popen:
        """Kills a TaskManager by SIGKILL and returns its process."""
        process = self._processes[task_manager]
        process.kill()
        process.wait()
        return process

    def wait_for_slots(self, number: int):
        """Waits until TaskManagers have registered so many slots."""
        deadline = time.monotonic() + STARTED_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if self.get("/overview")["slots-total"] == number:
                    return
            time.sleep(0.2)
        raise AssertionError(f"no {number} slots: {self.logs()[-4000:]}")

    def get(self, path: str):
        """Returns an answer of Flink's REST API."""
        with urllib.request.urlopen(
            f"http://{self.address}{path}", timeout=10
        ) as answer:
            return json.load(answer)

    def jobs(self) -> list[dict]:
        """Returns all jobs as `/jobs/overview` describes them, by start."""
        jobs = self.get("/jobs/overview")["jobs"]
        return sorted(jobs, key=lambda job: job["start-time"])

    def subtasks(self, job: str, step: str) -> list[tuple[str, str]]:
        """Returns (TaskManager, status) of the subtasks that run a step."""
        return [
            (subtask["taskmanager-id"], subtask["status"])
            for vertex in self.get(f"/jobs/{job}")["vertices"]
            if step in vertex["name"]
            for subtask in self.get(f"/jobs/{job}/vertices/{vertex['id']}")[
                "subtasks"
            ]
        ]

    def failed(self, job: str) -> set[str]:
        """Returns the TaskManagers on which tasks of a job have failed."""
        answer = self.get(f"/jobs/{job}/exceptions")
        entries = answer["exceptionHistory"]["entries"]
        return {entry.get("taskManagerId", "") for entry in entries}

    def logs(self) -> str:
        """Returns what all processes logged."""
        return "\n".join(
            path.read_text(errors="replace")
            for path in sorted(self._folder.glob("*.log"))
        )

    def _start(self, name: str, heap: str, main_class: str, *flags: str):
        with open(self._folder / f"{name}.log", "w") as log:
            self._processes[name] = subprocess.Popen(
                [
                    *("java", f"-Xmx{heap}", *SHORT_LIVED),
                    *self._server.java_options,
                    *("-cp", self._server.class_path, main_class),
                    *("--configDir", str(self._folder / "conf"), *flags),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: workers are killed with it.
                start_new_session=True,
            )


def free_ports(number: int) -> list[int]:
    """Finds ports of 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(number)
        ]
        return [one.getsockname()[1] for one in sockets]


def _kill_group(process: subprocess.Popen, number: int):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
