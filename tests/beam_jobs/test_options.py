"""Beam's flags pass through; others end with a sentence."""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import types

import pytest
from apache_beam.options.pipeline_options import DirectOptions
from apache_beam.options.pipeline_options import SetupOptions

from atelier.io.errors import UserError
from beam_jobs.options import beam_options
from beam_jobs.options import check_paths
from beam_jobs.prepare.flags import parse_flags

SETUP = pathlib.Path(__file__).parents[2] / "setup.py"
CLIENT = "apache_beam.runners.dataflow.internal.apiclient"
DATAFLOW = {
    "--runner": "DataflowRunner",
    "--project": "my-shop",
    "--region": "europe-west4",
    "--temp_location": "gs://bucket/tmp",
    "--sdk_container_image": "europe-docker.pkg.dev/my-shop/atelier/beam:1",
}

PLACES = {"REGION": "europe-west4", "BUCKET": "bucket", "IMAGE": "image:1"}


@pytest.fixture
def google_packages(monkeypatch):
    """Stands for Google's packages, which not every package set has."""
    monkeypatch.setitem(sys.modules, CLIENT, types.ModuleType(CLIENT))


def flags(**changes):
    """The flags of a Dataflow job, changed; those that are None left out."""
    given = {f"--{name}": value for name, value in changes.items()}
    return [
        f"{flag}={value}"
        for flag, value in {**DATAFLOW, **given}.items()
        if value is not None
    ]


def make_dataflow_args(**variables):
    if not shutil.which("make"):
        pytest.skip("make is not installed, as in a container")
    return subprocess.run(
        [
            *("make", "--silent", "dataflow-args"),
            *(f"{name}={value}" for name, value in variables.items()),
        ],
        cwd=SETUP.parent,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_known_flags():
    options = beam_options(
        ["--direct_num_workers=2", "--runner", "DirectRunner"], "prog"
    )

    assert options.view_as(DirectOptions).direct_num_workers == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "localhost,127.0.0.1"),
        ({"no_proxy": "a,localhost"}, "a,localhost,127.0.0.1"),
        (
            {"no_proxy": "a", "no_grpc_proxy": "b"},
            "b,localhost,127.0.0.1",
        ),
    ],
)
def test_workers_reach_their_runner_past_a_proxy(monkeypatch, given, expected):
    for name in ("no_proxy", "no_grpc_proxy"):
        monkeypatch.setenv(name, given.get(name, ""))

    beam_options([], "prog")

    assert os.environ.get(name) == expected


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--imag_size=3"], "--imag_size"),
        (["--direct-num-workers=2"], "--direct-num-workers"),
        (["oops"], "oops"),
        (["--runner=DirectRunner", "oops"], "oops"),
        (["-x"], "-x"),
    ],
)
def test_unknown_flags(flags, name):
    with pytest.raises(UserError) as caught:
        beam_options(flags, "prog")

    assert str(caught.value) == (
        f"neither this job nor Beam knows {name}; see prog --help"
    )


def test_a_wrong_value_does_not_show_all_of_beams_flags(capsys):
    with pytest.raises(UserError, match="--direct_num_workers: invalid int"):
        beam_options(["--direct_num_workers=two"], "prog")

    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("google_packages")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"runner": "dataflow"},
        {"temp_location": None, "staging_location": "gs://bucket/staging"},
        {"sdk_container_image": None, "setup_file": SETUP},
    ],
)
def test_a_sound_dataflow_job_saves_no_main_session(changes):
    options = beam_options(flags(**changes), "prog")

    assert options.view_as(SetupOptions).save_main_session is False


@pytest.mark.usefixtures("google_packages")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"project": None}, "--runner=DataflowRunner needs --project; see"),
        ({"region": None}, "--runner=DataflowRunner needs --region; see"),
        (
            {"temp_location": None},
            "--runner=DataflowRunner needs --temp_location; see",
        ),
        (
            {"temp_location": "/tmp/a"},
            "--temp_location must be a folder in a bucket such as "
            "gs://mine/tmp, got /tmp/a",
        ),
        (
            {"staging_location": "bucket"},
            "--staging_location must be a folder in a bucket such as "
            "gs://mine/tmp, got bucket",
        ),
        ({"temp_location": "gs://"}, "--temp_location gs:// names no bucket;"),
        (
            {"setup_file": "gone/setup.py"},
            "--setup_file must be a file named setup.py that exists, such as "
            "the one of the checkout, got gone/setup.py",
        ),
        ({"setup_file": __file__}, "--setup_file must be a file named setup.p"),
        (
            {"sdk_container_image": None},
            "--runner=DataflowRunner needs --sdk_container_image, or "
            "--setup_file if workers have all other packages; see",
        ),
        # Every spelling that Beam takes for this runner.
        (
            {"runner": "Dataflow", "region": None},
            "--runner=DataflowRunner needs --region; see",
        ),
        (
            {
                "runner": "apache_beam.runners.DataflowRunner",
                "region": None,
            },
            "--runner=DataflowRunner needs --region; see",
        ),
    ],
)
def test_what_dataflow_needs(changes, sentence):
    with pytest.raises(UserError) as caught:
        beam_options(flags(**changes), "prog")

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("runner", ["DataflowRunner", "DirectRunner"])
def test_the_main_session_is_refused(runner):
    with pytest.raises(UserError, match="--save_main_session pickles the com"):
        beam_options([*flags(runner=runner), "--save_main_session"], "prog")


def test_dataflow_without_googles_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, CLIENT, None)

    with pytest.raises(UserError, match=r"Google's packages .*apache-beam\[gc"):
        beam_options(flags(), "prog")


@pytest.mark.usefixtures("google_packages")
def test_dataflow_refuses_local_paths():
    options = beam_options(flags(), "prog")

    check_paths(options, {"--data_dir": "gs://bucket/data", "--photos": None})
    with pytest.raises(UserError) as caught:
        check_paths(
            options,
            {"--interactions": "gs://bucket/*.csv", "--data_dir": "runs/data"},
        )

    assert str(caught.value) == (
        "--data_dir runs/data is on this machine, which Dataflow's workers "
        "cannot reach; copy it to a bucket and give its gs:// path"
    )


def test_other_runners_take_local_paths():
    options = beam_options(["--runner=DirectRunner"], "prog")

    check_paths(options, {"--data_dir": "runs/data"})


@pytest.mark.usefixtures("google_packages")
def test_make_prints_a_command_that_passes():
    done = make_dataflow_args(PROJECT="my-shop", **PLACES)

    command = done.stdout.replace("\\\n", "")
    flags = shlex.split(command)
    flags = flags[flags.index("beam_jobs.prepare") + 1 :]
    args, options = parse_flags(flags)
    check_paths(options, {"--data_dir": args.data_dir})
    assert args.data_dir == "gs://bucket/data"
    assert (
        args.of_source.interactions == "gs://bucket/raw/interactions*.parquet"
    )


def test_make_says_what_is_missing():
    done = make_dataflow_args(**PLACES)

    assert done.stdout == ""
    assert "PROJECT is not set, docs/dataflow.md says" in done.stderr
