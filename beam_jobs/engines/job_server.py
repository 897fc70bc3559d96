"""Assembly of the job servers of Beam's Java runners from Maven Central.

`python -m beam_jobs.engines.job_server flink` prints the path of the jar for
`--flink_job_server_jar`. Maven Central lacks the shaded job server of current
Beam versions. Therefore the plain runner of an older version is used with all
of its dependencies; the portability protocol is the same. The printed jar
holds only a manifest with the class path (a "pathing jar").

The jars are cached in `~/.cache/atelier/jars`, in one folder per combination
of versions. A folder appears when it is complete, so that an interrupted
download is never mistaken for a complete one.
"""

import argparse
import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

_BEAM = "2.62.0"
"""Newest Beam whose Flink and Spark runners resolve completely."""

_ADD_OPENS = (
    "java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio "
    "sun.nio.ch java.text java.time java.util java.util.concurrent "
    "java.util.concurrent.atomic java.util.concurrent.locks"
)
"""Packages of `java.base` that Flink and Spark open by reflection."""

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
_MANIFEST = "META-INF/MANIFEST.MF"
_LINE_BYTES = 72


class MavenError(Exception):
    """Maven is missing or cannot resolve an artifact."""


@dataclasses.dataclass(frozen=True)
class JobServer:
    """A job server and its Maven artifacts.

    Attributes:
        name: Name and versions, the prefix of the folder name.
        main_class: Java class that `java -jar` runs.
        artifacts: Maven coordinates, `group:artifact:version`.
        excluded: Artifact ids of dependencies that are not copied.

    Example:
        jar = fetch(JOB_SERVERS["flink"])
        subprocess.run(["java", "-jar", jar], check=True)
    """

    name: str
    main_class: str
    artifacts: tuple[str, ...]
    excluded: tuple[str, ...] = ()

    @property
    def folder(self) -> pathlib.Path:
        """Folder of the jars; its name depends on all artifacts."""
        parts = (_BEAM, *self.artifacts, "without", *self.excluded)
        digest = hashlib.sha256(" ".join(parts).encode()).hexdigest()
        return _cache() / f"{self.name}-{digest[:8]}"

    @property
    def class_path(self) -> str:
        """Class path of all jars, for other programs of the engine."""
        return f"{self.folder}/lib/*"

    @property
    def java_options(self) -> list[str]:
        """Options of `java` to use with `class_path`; `jar` includes them."""
        return [
            f"--add-opens=java.base/{package}=ALL-UNNAMED"
            for package in _ADD_OPENS.split()
        ]

    @property
    def jar(self) -> pathlib.Path:
        """Jar for `java -jar` and `--flink_job_server_jar`."""
        return self.folder / "job-server.jar"


JOB_SERVERS = {
    "flink": JobServer(
        f"flink-1.19-beam-{_BEAM}",
        "org.apache.beam.runners.flink.FlinkJobServerDriver",
        (
            f"org.apache.beam:beam-runners-flink-1.19:{_BEAM}",
            # Version of the slf4j-api that the runner depends on.
            "org.slf4j:slf4j-jdk14:1.7.30",
        ),
    ),
    "spark": JobServer(
        f"spark-3.5.0-beam-{_BEAM}",
        "org.apache.beam.runners.spark.SparkJobServerDriver",
        (
            f"org.apache.beam:beam-runners-spark-3:{_BEAM}",
            "org.apache.spark:spark-streaming_2.12:3.5.0",
        ),
        # Together they forward log messages in an endless recursion.
        excluded=("jul-to-slf4j", "slf4j-jdk14"),
    ),
}


def main(argv: list[str] | None = None) -> None:
    """Prints the path of a job server jar; downloads it if missing."""
    parser = argparse.ArgumentParser(
        prog="python -m beam_jobs.engines.job_server",
        description="Print the path of the jar of a job server for a Java "
        "runner of Beam; downloads it with Maven if missing.",
    )
    parser.add_argument("engine", choices=JOB_SERVERS)
    args = parser.parse_args(argv)
    try:
        print(fetch(JOB_SERVERS[args.engine]))
    except MavenError as error:
        sys.exit(f"error: {error}")


def fetch(server: JobServer) -> pathlib.Path:
    """Returns the path of a job server jar; downloads it if missing.

    Args:
        server: Job server to download, one of `JOB_SERVERS`.

    Raises:
        MavenError: If Maven is not installed or cannot resolve the artifacts.
    """
    if server.folder.is_dir():
        return server.jar
    server.folder.parent.mkdir(parents=True, exist_ok=True)
    log = server.folder.with_suffix(f"{server.folder.suffix}.log")
    with tempfile.TemporaryDirectory(
        dir=server.folder.parent, prefix="partial-"
    ) as temporary:
        whole = pathlib.Path(temporary, "whole")
        whole.mkdir()
        (whole / "pom.xml").write_text(_pom(server.artifacts), "utf-8")
        _copy_dependencies(server, whole, log)
        _write_pathing_jar(server.main_class, whole)
        try:
            whole.rename(server.folder)
        except OSError:  # Another process created it.
            if not server.jar.is_file():
                raise
    return server.jar


def _cache() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base, "atelier", "jars").absolute()


def _pom(artifacts: tuple[str, ...]) -> str:
    dependencies = "\n".join(
        "  <dependency><groupId>{}</groupId><artifactId>{}</artifactId>"
        "<version>{}</version></dependency>".format(*artifact.split(":"))
        for artifact in artifacts
    )
    return f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
 <modelVersion>4.0.0</modelVersion>
 <groupId>atelier</groupId>
 <artifactId>job-server</artifactId>
 <version>1</version>
 <packaging>pom</packaging>
 <dependencies>
{dependencies}
 </dependencies>
</project>
"""


def _copy_dependencies(
    server: JobServer, folder: pathlib.Path, log: pathlib.Path
) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MavenError(
            "the command mvn is not on PATH; install Apache Maven to get the "
            f"job server {server.name}"
        )
    done = subprocess.run(
        [
            maven,
            "--batch-mode",
            "--quiet",
            "--update-snapshots",  # Retries missing artifacts.
            f"--file={folder / 'pom.xml'}",
            _COPY,
            f"-DoutputDirectory={folder / 'lib'}",
            f"-DexcludeArtifactIds={','.join(server.excluded)}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or not any(folder.glob("lib/*.jar")):
        log.write_text(done.stdout, "utf-8")
        raise MavenError(
            f"Maven cannot get {server.artifacts[0]} with its dependencies: "
            f"{_reason(done.stdout)}; its full output is in {log}"
        )


def _reason(output: str) -> str:
    """Returns the first error of Maven's output."""
    for line in output.splitlines():
        text = line.removeprefix("[ERROR]").strip()
        if text and text != line:
            return text.partition(" -> [Help")[0].rstrip(".")
    return "no error reported"


def _write_pathing_jar(main_class: str, folder: pathlib.Path) -> None:
    """Writes a jar with only a manifest that lists relative jar paths."""
    attributes = {
        "Manifest-Version": "1.0",
        "Main-Class": main_class,
        "Add-Opens": " ".join(
            f"java.base/{package}" for package in _ADD_OPENS.split()
        ),
        "Class-Path": " ".join(
            f"lib/{path.name}" for path in sorted(folder.glob("lib/*.jar"))
        ),
    }
    lines = [
        line
        for name, value in attributes.items()
        for line in _wrapped(f"{name}: {value}")
    ]
    with zipfile.ZipFile(folder / "job-server.jar", "w") as jar:
        jar.writestr(_MANIFEST, "".join(f"{line}\r\n" for line in lines))


def _wrapped(line: str) -> list[str]:
    """Splits a manifest line at 72 bytes; continuations begin with a space."""
    rest = range(_LINE_BYTES, len(line), _LINE_BYTES - 1)
    return [
        line[:_LINE_BYTES],
        *(f" {line[start : start + _LINE_BYTES - 1]}" for start in rest),
    ]


if __name__ == "__main__":
    main()
