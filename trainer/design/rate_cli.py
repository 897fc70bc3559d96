"""The `rate-designs` command: scores of the sources, by people's choices."""

import argparse
import shutil
from typing import Any

from atelier.cli.text_tables import aligned_table

EPILOG = """\
example:
  python -m trainer.task rate-designs anna.json ben.json --out compared

Each FILE holds the answers of one rater, saved by the page blind.html of
`trainer.task compare-designs`.
"""


def add_rate_designs(commands: Any) -> None:
    """Adds the `rate-designs` command to the parser of `trainer.task`.

    Args:
        commands: Return value of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "rate-designs",
        help="score sources of designs by the choices of human raters",
        description="Fits Bradley-Terry scores to the choices of human raters "
        "between two images\nof different sources.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="answers of one rater, JSON"
    )
    parser.add_argument(
        "--out", required=True, help="output folder for the JSON file"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, because the parser of all commands needs no NumPy.
    from trainer.design import rate_designs

    ratings = rate_designs.rate(rate_designs.read_choices(args.files))
    rate_designs.write_ratings(args.out, ratings)
    rows = rate_designs.table(ratings)
    print(aligned_table(rows, shutil.get_terminal_size().columns))
    print(
        f"\n{len(args.files)} raters; a difference of 1 in the score means "
        f"odds of 2.7 to 1; written to {args.out}: {rate_designs.RATINGS}"
    )
