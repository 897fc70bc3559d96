"""Prism writes the data set that Beam's local runner writes.

It is Beam's own runner in Go: `make test-prism` builds it.
"""

import shutil

import pytest

pytestmark = pytest.mark.slow
PRISM = shutil.which("prism")


@pytest.mark.skipif(PRISM is None, reason="needs Prism: make test-prism")
def test_prism(expected, prepare_on, start_servers):
    (jobs,) = start_servers([PRISM, "-job_port", "{port}", "-serve_http=false"])

    made, _ = prepare_on(
        "--runner=PortableRunner",
        f"--job_endpoint={jobs}",
        "--environment_type=LOOPBACK",
    )

    assert made == expected
