"""Validates a prepared data set with TensorFlow Data Validation."""

import contextlib
import dataclasses
import io
from typing import Any

from google.protobuf import text_format

from atelier.cli.commands import command_text
from atelier.cli.flags import Options
from atelier.cli.flags import command_parser
from atelier.cli.flags import option
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import IDS
from atelier.schema.manifest import Manifest
from beam_jobs.options import parse_job

try:
    with contextlib.redirect_stderr(io.StringIO()):  # It warns without IPython.
        import tensorflow_data_validation as tfdv
except ImportError:  # No wheel for this Python or C library.
    tfdv = None
else:
    from beam_jobs.validate.anomalies import find_anomalies
    from beam_jobs.validate.anomalies import sentences
    from beam_jobs.validate.dataset_statistics import describe
    from beam_jobs.validate.schema import add_free_features
    from beam_jobs.validate.schema import curated_schema
    from beam_jobs.validate.schema import expect_triples_of_ids
    from beam_jobs.validate.schema import infer_schema
    from beam_jobs.validate.schema import read_schema
    from beam_jobs.validate.statistics_report import render

EPILOG = """\
examples:
  check a data set against the schema of its source:
    python -m beam_jobs.validate --data_dir runs/demo/data

  also compare it with an earlier data set, such as the last training data:
    python -m beam_jobs.validate --data_dir NEW --baseline OLD

  infer a schema, review it, and check other data against it:
    python -m beam_jobs.validate --data_dir OLD --infer
    python -m beam_jobs.validate --data_dir NEW --schema OLD/schema.pbtxt

All other flags are passed on to Beam.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValidateOptions(Options):
    """Flags of `validate`."""

    data_dir: str = option(..., "prepared data set")
    baseline: str | None = option(None, "prepared data set to compare with")
    schema: str | None = option(
        None,
        "schema.pbtxt file (default: schema of the data's source)",
        exclusive="schema",
    )
    infer: bool = option(
        False,
        "infer the schema from the data, for review by a person",
        exclusive="schema",
        action="store_true",
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the command `python -m beam_jobs.validate`; see `--help`.

    Raises:
        UserError: If the data have anomalies, a flag or the data set is
            invalid, the job fails or TFDV is not installed.
    """
    parser = command_parser("python -m beam_jobs.validate", __doc__, EPILOG)
    ValidateOptions.add_arguments(parser)
    parsed, options = parse_job(parser, argv, ("data_dir", "baseline"))
    args = ValidateOptions.from_arguments(parsed)
    if tfdv is None:
        raise UserError(
            "TensorFlow Data Validation is not installed: it has no wheel for "
            "this Python or C library; docs/testing.md lists the sets with it"
        )
    given = _given_schema(args)
    described, baseline = describe(args.data_dir, args.baseline, options)
    schema = given or infer_schema(described.statistics)
    add_free_features(schema, described.statistics)
    if described.manifest.triples == IDS:
        expect_triples_of_ids(schema)
    anomalies = find_anomalies(described, schema, baseline)
    _write(args.data_dir, paths.SCHEMA, schema)
    _write(args.data_dir, paths.ANOMALIES, anomalies)
    if baseline:
        json_files.write_json(args.data_dir, paths.SKEW, baseline.skew)
    else:  # A file of an earlier call is outdated.
        json_files.remove(args.data_dir, paths.SKEW)
    against = _schema_name(args, described.manifest)
    page = render(described, against, anomalies, baseline)
    json_files.write_text(args.data_dir, paths.STATISTICS_PAGE, page)
    _conclude(args, against, sentences(anomalies))


def _given_schema(args: ValidateOptions) -> Any:
    """Returns the requested schema, None if it must be inferred."""
    manifest = Manifest.read(args.data_dir)
    if args.infer:
        return None
    if args.schema:
        return read_schema(args.schema)
    return curated_schema(manifest.options.get("source"))


def _schema_name(args: ValidateOptions, manifest: Manifest) -> str:
    if args.infer:
        return "the schema inferred from it"
    return args.schema or f"the schema of source {manifest.options['source']}"


def _write(data_dir: str, name: str, message: Any) -> None:
    json_files.write_text(data_dir, name, text_format.MessageToString(message))


def _conclude(
    args: ValidateOptions, against: str, anomalies: list[str]
) -> None:
    """Prints the result of a validation without anomalies.

    Args:
        args: Parsed flags.
        against: Description of the schema.
        anomalies: One line per anomaly.

    Raises:
        UserError: If there are anomalies.
    """
    page = paths.join(args.data_dir, paths.STATISTICS_PAGE)
    schema = paths.join(args.data_dir, paths.SCHEMA)
    if args.baseline:
        against += f" and {args.baseline}"
    if anomalies:
        listed = "\n".join(f"  {one}" for one in anomalies)
        raise UserError(
            f"{args.data_dir} has anomalies compared with {against}:\n"
            f"{listed}\nopen {page} for details; then fix the data or, if the "
            f"data are correct, edit a copy of {schema} and give it with "
            "--schema"
        )
    if args.infer:
        new = command_text("validate", "--data_dir", "NEW", "--schema", schema)
        print(
            f"no anomalies in {args.data_dir}; review the inferred schema "
            f"{schema} and the report {page}; next: {new}"
        )
        return
    run_dir = paths.beside(args.data_dir, "recommender")
    train = command_text(
        "train recommender", "--data_dir", args.data_dir, "--run_dir", run_dir
    )
    print(
        f"no anomalies in {args.data_dir} compared with {against}; open {page} "
        f"in a browser; next: {train}"
    )
