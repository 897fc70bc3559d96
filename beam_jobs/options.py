"""Reads and checks the flags that go to Beam, before anything is submitted."""

import argparse
import importlib
import os
from collections.abc import Mapping

from apache_beam.options.pipeline_options import GoogleCloudOptions
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.pipeline_options import SetupOptions
from apache_beam.options.pipeline_options import StandardOptions
from apache_beam.options.pipeline_options import TypeOptions
from apache_beam.options.pipeline_options import WorkerOptions

from atelier.io.errors import UserError

_GUIDE = "see docs/dataflow.md"


def beam_options(flags: list[str], program: str) -> PipelineOptions:
    """Reads Beam's flags; Beam itself drops unknown ones without a word.

    A wrong value would show all of Beam's flags, some hundreds of lines.

    Args:
        flags: What the command's own parser did not take.
        program: Name of the command, for the sentence.

    Raises:
        UserError: If Beam does not know one of them either, or its value, or
            they lack what their runner needs.
    """

    def check(parser: argparse.ArgumentParser) -> None:
        parser.exit_on_error = False
        try:
            unknown = parser.parse_known_args(flags)[1]
        except argparse.ArgumentError as error:
            raise UserError(f"{error}; see {program} --help") from error
        if unknown:
            raise UserError(
                f"neither this job nor Beam knows {unknown[0].split('=')[0]}; "
                f"see {program} --help"
            )

    options = PipelineOptions(flags)
    # The one way in which Beam hands out a parser that knows all its flags.
    options.get_all_options(add_extra_args_fn=check)
    _drop_main_session(options)
    # Else Beam's local runner fetches another one, Prism, from the network
    # and runs batch jobs on that. The flag says nothing to a batch job.
    options.view_as(TypeOptions).allow_unsafe_triggers = True
    if _is_dataflow(options):
        _check_cloud(options.view_as(GoogleCloudOptions))
        _check_packages(options)
    else:
        _keep_workers_quiet(options.view_as(WorkerOptions))
    return options


def refuse_empty(args: argparse.Namespace) -> None:
    """Refuses empty values: where a shell variable was empty, `--x "$X"`.

    Args:
        args: The flags; one that may be left out has no empty default.

    Raises:
        UserError: If one was given and is empty.
    """
    for name, value in vars(args).items():
        if value == "":
            raise UserError(
                f"--{name} is empty; give a value, or leave the flag out where "
                "it has a default"
            )


def check_paths(
    options: PipelineOptions, paths: Mapping[str, str | None]
) -> None:
    """Refuses paths that the workers of a runner cannot reach.

    Args:
        options: What `beam_options` returned.
        paths: Flags and their paths; None where a flag was not given.

    Raises:
        UserError: If the runner is Dataflow and a path is on this machine.
    """
    if not _is_dataflow(options):
        return
    for flag, path in paths.items():
        if path is not None and "://" not in path:
            raise UserError(
                f"{flag} {path} is on this machine, which Dataflow's workers "
                "cannot reach; copy it to a bucket and give its gs:// path"
            )


def _is_dataflow(options: PipelineOptions) -> bool:
    """Recognises all spellings of `--runner` that Beam takes."""
    runner = (options.view_as(StandardOptions).runner or "").lower()
    return runner.rpartition(".")[2] in ("dataflow", "dataflowrunner")


def _drop_main_session(options: PipelineOptions) -> None:
    setup = options.view_as(SetupOptions)
    if setup.save_main_session:
        raise UserError(
            "--save_main_session pickles the command that submits the job, "
            "which no worker needs because all functions live in modules; "
            "leave it out"
        )
    # Without a word Beam saves it where the runner is Dataflow.
    setup.save_main_session = False


def _keep_workers_quiet(workers: WorkerOptions) -> None:
    """Else those in processes of their own write to this screen.

    A Beam may log a line or two before it reads this.
    """
    if workers.default_sdk_harness_log_level is None:
        workers.default_sdk_harness_log_level = "ERROR"


def _check_cloud(cloud: GoogleCloudOptions) -> None:
    for flag, value in (
        ("--project", cloud.project),
        ("--region", cloud.region),
        ("--temp_location", cloud.temp_location or cloud.staging_location),
    ):
        if not value:
            raise UserError(f"--runner=DataflowRunner needs {flag}; {_GUIDE}")
    for flag, value in (
        ("--temp_location", cloud.temp_location),
        ("--staging_location", cloud.staging_location),
    ):
        if value and not value.removeprefix("gs://").strip("/"):
            raise UserError(f"{flag} {value} names no bucket; {_GUIDE}")
        if value and not value.startswith("gs://"):
            raise UserError(
                f"{flag} must be a folder in a bucket such as gs://mine/tmp, "
                f"got {value}"
            )


def _check_packages(options: PipelineOptions) -> None:
    """Checks that the workers, and this machine, have what they import."""
    setup_file = options.view_as(SetupOptions).setup_file
    if setup_file and not (
        os.path.isfile(setup_file)
        and os.path.basename(setup_file) == "setup.py"
    ):
        raise UserError(
            "--setup_file must be a file named setup.py that exists, such as "
            f"the one of the checkout, got {setup_file}"
        )
    if not (setup_file or options.view_as(WorkerOptions).sdk_container_image):
        raise UserError(
            "--runner=DataflowRunner needs --sdk_container_image, or "
            f"--setup_file for workers that have the rest; {_GUIDE}"
        )
    try:
        importlib.import_module(
            "apache_beam.runners.dataflow.internal.apiclient"
        )
    except ImportError as error:
        raise UserError(
            f"--runner=DataflowRunner needs Google's packages ({error}); "
            "run pip install 'apache-beam[gcp]'"
        ) from error
