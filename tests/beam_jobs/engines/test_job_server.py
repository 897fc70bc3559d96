"""The jars of a job server: all of them, or a sentence and nothing."""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from beam_jobs.engines import job_server
from beam_jobs.engines.job_server import JOB_SERVERS

ROOT = pathlib.Path(__file__).parents[3]
COPY = """
for flag; do case $flag in
  --file=*) pom=${flag#*=} ;;
  -DoutputDirectory=*) folder=${flag#*=} ;;
esac; done
mkdir -p "$folder"
for name in a b {1..40}; do echo > "$folder/library-$name.jar"; done
"""


@pytest.fixture
def job_server_command(tmp_path):
    """Runs the command; some Bash stands for Maven, None for none."""

    def run(maven, engine="flink"):
        binaries = tmp_path / "bin"
        binaries.mkdir(exist_ok=True)
        path = str(binaries)
        if maven is not None:
            (binaries / "mvn").write_text(f"#!/bin/bash\n{maven}\n")
            (binaries / "mvn").chmod(0o755)
            path += f":{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, "-m", "beam_jobs.engines.job_server", engine],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": path,
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def kept(tmp_path):
    """Lists what the cache holds."""

    def names():
        return sorted(
            path.name for path in (tmp_path / "cache/atelier/jars").iterdir()
        )

    return names


def test_the_jar_names_all_jars_beside_it(job_server_command, kept):
    done = job_server_command(f'{COPY} cp "$pom" "$folder/library-pom.jar"')

    assert (done.returncode, done.stderr) == (0, "")
    jar = pathlib.Path(done.stdout.strip())
    assert kept() == [jar.parent.name]
    with zipfile.ZipFile(jar) as file:
        (name,) = file.namelist()
        text = file.read(name).decode()
    assert name == "META-INF/MANIFEST.MF"
    assert max(map(len, text.split("\r\n"))) <= 72
    attributes = dict(
        line.split(": ") for line in text.replace("\r\n ", "").splitlines()
    )
    assert attributes["Main-Class"].endswith(".FlinkJobServerDriver")
    assert "java.base/java.nio" in attributes["Add-Opens"].split()
    jars = attributes["Class-Path"].split()
    assert len(jars) == 43
    assert all((jar.parent / one).is_file() for one in jars)
    pom = (jar.parent / "lib/library-pom.jar").read_text()
    assert "<artifactId>beam-runners-flink-1.19</artifactId>" in pom


@pytest.mark.parametrize("engine", JOB_SERVERS)
def test_maven_is_asked_once(job_server_command, engine):
    first = job_server_command(COPY, engine)
    second = job_server_command("exit 1", engine)

    assert first.stdout == second.stdout != ""
    assert pathlib.Path(first.stdout.strip()).is_file()


def test_maven_is_not_there(job_server_command, tmp_path):
    done = job_server_command(None)

    assert done.returncode == 1
    assert done.stderr.startswith("error: the command mvn is not on PATH; ")


@pytest.mark.parametrize(
    ("maven", "reason"),
    [
        (
            "echo '[INFO] x'; echo '[ERROR] Could not find artifact a:b:jar:1 "
            "in central. -> [Help 1]'; echo '[ERROR] more'; exit 1",
            "Could not find artifact a:b:jar:1 in central",
        ),
        ("exit 1", "no error reported"),
        ("exit 0", "no error reported"),
        (f"{COPY} exit 1", "no error reported"),
    ],
)
def test_maven_refuses(job_server_command, kept, maven, reason):
    done = job_server_command(maven)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "error: Maven cannot get org.apache.beam:beam-runners-flink-1.19:2.62.0"
        f" with its dependencies: {reason}; its full output is in "
    )
    log = pathlib.Path(done.stderr.split()[-1])
    assert kept() == [log.name]
    assert ("[INFO] x" in log.read_text()) == ("[INFO]" in maven)


def test_an_interrupted_download_is_no_job_server(job_server_command, kept):
    done = job_server_command(f"{COPY} kill -9 $PPID")

    assert done.returncode < 0
    assert all(name.startswith("partial-") for name in kept())
    assert job_server_command(COPY).returncode == 0


def test_other_programs_take_its_class_path_and_options():
    server = JOB_SERVERS["flink"]

    assert server.class_path == f"{server.folder}/lib/*"
    assert "--add-opens=java.base/java.nio=ALL-UNNAMED" in server.java_options


@pytest.mark.parametrize("complete", [True, False])
def test_another_process_was_faster(tmp_path, monkeypatch, complete):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    server = JOB_SERVERS["flink"]

    def copy(_, whole, log):
        (whole / "lib").mkdir()
        (server.folder / "lib").mkdir(parents=True)
        if complete:
            server.jar.touch()

    monkeypatch.setattr(job_server, "_copy_dependencies", copy)
    if complete:
        assert job_server.fetch(server) == server.jar
    else:
        with pytest.raises(OSError, match="not empty"):
            job_server.fetch(server)
