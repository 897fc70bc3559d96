"""Spark writes the data set that Beam's local runner writes.

`make test-spark` fetches the jars and runs this; elsewhere it is skipped.
"""

import pytest

from tests.beam_jobs.engines.flink_cluster import SHORT_LIVED

pytestmark = pytest.mark.slow


def test_spark_inside_the_job_server(
    expected, prepare_on, job_server, start_servers
):
    server = job_server("spark")
    (jobs,) = start_servers(
        [
            *("java", "-Xmx1g", *SHORT_LIVED, "-jar", str(server.jar)),
            *("--job-host", "127.0.0.1", "--job-port", "{port}"),
            *("--artifact-port", "0", "--expansion-port", "-1"),
            *("--spark-master-url", "local[2]"),
        ]
    )

    made, _ = prepare_on(
        "--runner=PortableRunner",
        f"--job_endpoint={jobs}",
        "--environment_type=LOOPBACK",
    )

    assert made == expected
