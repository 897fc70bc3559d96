"""Beam's own runners write the same with workers in other processes."""

import os
import pathlib
import sys

import pytest

pytestmark = pytest.mark.slow


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
    expected, prepare_on, start_servers
):
    """The job goes over the wire, to workers that share nothing with it."""
    beam = f"{sys.executable} -m apache_beam.runners"
    jobs, workers = start_servers(
        f"{beam}.portability.local_job_service_main --port={{port}}".split(),
        f"{beam}.worker.worker_pool_main --service_port={{port}}".split(),
        # Workers are started as `python`.
        PATH=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
    )

    made, _ = prepare_on(
        "--runner=PortableRunner",
        f"--job_endpoint={jobs}",
        "--environment_type=EXTERNAL",
        f"--environment_config={workers}",
    )

    assert made == expected
