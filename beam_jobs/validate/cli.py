"""Validates a prepared data set with TensorFlow Data Validation."""

import argparse
import contextlib
import io
import shlex
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.options import beam_options
from beam_jobs.options import check_paths
from beam_jobs.options import refuse_empty

try:
    with contextlib.redirect_stderr(io.StringIO()):  # It misses IPython.
        import tensorflow_data_validation as tfdv
except ImportError:  # No wheel for this Python or C library.
    tfdv = None
else:
    from beam_jobs.validate.anomalies import find_anomalies
    from beam_jobs.validate.anomalies import sentences
    from beam_jobs.validate.dataset_statistics import describe
    from beam_jobs.validate.schema import add_free_features
    from beam_jobs.validate.schema import curated_schema
    from beam_jobs.validate.schema import infer_schema
    from beam_jobs.validate.schema import read_schema
    from beam_jobs.validate.statistics_report import render

EPILOG = """\
examples:
  check a data set against the schema of its source:
    python -m beam_jobs.validate --data_dir runs/demo/data

  compare it with the one that the last model was trained on as well:
    python -m beam_jobs.validate --data_dir NEW --baseline OLD

  infer a schema, look through it, and check other data against it:
    python -m beam_jobs.validate --data_dir OLD --infer
    python -m beam_jobs.validate --data_dir NEW --schema OLD/schema.pbtxt

Flags that are none of these go to Beam.
"""


def main(argv: list[str] | None = None) -> None:
    """Describes a data set and compares it with a schema; see `--help`.

    Raises:
        UserError: If there are anomalies, or TFDV is not installed.
    """
    args, options = _parse(argv)
    if tfdv is None:
        raise UserError(
            "TensorFlow Data Validation is not installed, it has no wheel for "
            "this Python and C library; docs/testing.md says which have one"
        )
    given = _given_schema(args)
    described, baseline = describe(args.data_dir, args.baseline, options)
    schema = given or infer_schema(described.statistics)
    add_free_features(schema, described.statistics)
    anomalies = find_anomalies(described, schema, baseline)
    _write(args.data_dir, paths.SCHEMA, schema)
    _write(args.data_dir, paths.ANOMALIES, anomalies)
    if baseline:
        json_files.write_json(args.data_dir, paths.SKEW, baseline.skew)
    else:  # That of an earlier call is of other data by now.
        json_files.remove(args.data_dir, paths.SKEW)
    against = _schema_name(args, described.manifest)
    page = render(described, against, anomalies, baseline)
    json_files.write_text(args.data_dir, paths.STATISTICS_PAGE, page)
    _conclude(args, against, sentences(anomalies))


def _parse(
    argv: list[str] | None,
) -> tuple[argparse.Namespace, PipelineOptions]:
    parser = argparse.ArgumentParser(
        prog="python -m beam_jobs.validate",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data_dir", required=True, help="a prepared data set")
    parser.add_argument(
        "--baseline", help="another prepared data set, to compare with"
    )
    schema = parser.add_mutually_exclusive_group()
    schema.add_argument(
        "--schema", help="a schema.pbtxt (default: that of the data's source)"
    )
    schema.add_argument(
        "--infer",
        action="store_true",
        help="infer the schema from the data, for somebody to look through",
    )
    args, rest = parser.parse_known_args(argv)
    refuse_empty(args)
    options = beam_options(rest, parser.prog)
    folders = {"--data_dir": args.data_dir, "--baseline": args.baseline}
    check_paths(options, folders)
    return args, options


def _given_schema(args: argparse.Namespace) -> Any:
    """Returns the schema to check against, None where it is to be inferred."""
    manifest = Manifest.read(args.data_dir)
    if args.infer:
        return None
    if args.schema:
        return read_schema(args.schema)
    return curated_schema(manifest.options.get("source"))


def _schema_name(args: argparse.Namespace, manifest: Manifest) -> str:
    if args.infer:
        return "the schema inferred from them"
    return args.schema or f"the schema of source {manifest.options['source']}"


def _write(data_dir: str, name: str, message: Any) -> None:
    json_files.write_text(data_dir, name, text_format.MessageToString(message))


def _conclude(
    args: argparse.Namespace, against: str, anomalies: list[str]
) -> None:
    """Says what was found.

    Args:
        args: The flags.
        against: What the data were checked against, in words.
        anomalies: One line each.

    Raises:
        UserError: If these are anomalies.
    """
    page = paths.join(args.data_dir, paths.STATISTICS_PAGE)
    schema = paths.join(args.data_dir, paths.SCHEMA)
    if args.baseline:
        against += f" and {args.baseline}"
    if anomalies:
        listed = "\n".join(f"  {one}" for one in anomalies)
        raise UserError(
            f"{args.data_dir} has anomalies against {against}:\n{listed}\n"
            f"look at {page}; then mend the data, or, if they are right, "
            f"change a copy of {schema} and give it with --schema"
        )
    if args.infer:
        print(
            f"no anomalies in {args.data_dir}; look through {schema}, which "
            f"was inferred, and at {page}; next: python -m beam_jobs.validate "
            f"--data_dir NEW --schema {shlex.quote(schema)}"
        )
        return
    print(
        f"no anomalies in {args.data_dir} against {against}; open {page} in a "
        "browser; next: python -m trainer.task recommender --data_dir "
        f"{shlex.quote(args.data_dir)} --run_dir RUN"
    )
