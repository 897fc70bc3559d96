"""Parsing and validation of Beam flags before a job is submitted."""

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
from beam_jobs.grpc_proxy import exclude_localhost

_GUIDE = "see docs/dataflow.md"


def beam_options(flags: list[str], program: str) -> PipelineOptions:
    """Parses Beam's flags and rejects unknown ones, which Beam ignores.

    An invalid value raises a one-line error; Beam's own parser would print its
    usage text of several hundred lines.

    Args:
        flags: Flags that the command's own parser did not recognize.
        program: Name of the command, for error messages.

    Raises:
        UserError: If a flag is unknown to Beam or has an invalid value, or if
            a flag that the runner requires is missing.
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

    exclude_localhost()
    options = PipelineOptions(flags)
    # The only hook through which Beam exposes a parser with all its flags.
    options.get_all_options(add_extra_args_fn=check)
    _drop_main_session(options)
    # Otherwise Beam's local runner downloads the Prism runner and runs batch
    # jobs on it. The flag has no other effect on a batch job.
    options.view_as(TypeOptions).allow_unsafe_triggers = True
    if _is_dataflow(options):
        _check_cloud(options.view_as(GoogleCloudOptions))
        _check_packages(options)
    else:
        _keep_workers_quiet(options.view_as(WorkerOptions))
    return options


def parse_job(
    parser: argparse.ArgumentParser,
    argv: list[str] | None,
    paths: tuple[str, ...],
) -> tuple[argparse.Namespace, PipelineOptions]:
    """Parses the flags of a job and passes the others to Beam.

    Args:
        parser: Parser of the job.
        argv: Command-line flags; `sys.argv[1:]` if None.
        paths: Names of the flags that hold paths.

    Raises:
        UserError: If a flag is unknown to the job and to Beam, or is empty, as
            `--x "$X"` gives for an unset variable, or if the runner cannot
            reach a path.
    """
    parser.allow_abbrev = False  # An abbreviation may be a flag of Beam.
    args, rest = parser.parse_known_args(argv)
    for name, value in vars(args).items():
        if value == "":
            raise UserError(
                f"--{name} is empty; give a value, or leave the flag out where "
                "it has a default"
            )
    options = beam_options(rest, parser.prog)
    check_paths(options, {f"--{name}": getattr(args, name) for name in paths})
    return args, options


def check_paths(
    options: PipelineOptions, paths: Mapping[str, str | None]
) -> None:
    """Rejects local paths if the runner is Dataflow.

    Args:
        options: Beam options from `beam_options`.
        paths: Paths by flag; None if a flag was not given.

    Raises:
        UserError: If the runner is Dataflow and a path is local.
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
    """Returns whether `--runner` is Dataflow in any spelling Beam accepts."""
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
    # Beam enables it silently if the runner is Dataflow.
    setup.save_main_session = False


def _keep_workers_quiet(workers: WorkerOptions) -> None:
    """Sets the log level of worker processes, which share this terminal.

    Some Beam versions log a line or two before they read this option.
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
    """Checks that workers and this machine have the packages they import."""
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
            f"--setup_file if workers have all other packages; {_GUIDE}"
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
