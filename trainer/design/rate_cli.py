"""The `rate-designs` command: scores of the sources, by people's choices."""

import dataclasses
import shutil

from atelier.cli.flags import Command
from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.text_tables import aligned_table

EPILOG = """\
example:
  python -m trainer.task rate-designs anna.json ben.json --out compared

Each FILE holds the answers of one rater, saved by the page blind.html of
`trainer.task compare-designs`.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RateDesignsOptions(Options):
    """Options of `rate-designs`."""

    files: tuple[str, ...] = option(
        ...,
        "answers of one rater, JSON",
        flag="files",
        nargs="+",
        metavar="FILE",
    )
    out: str = option(..., "output folder for the JSON file")


def _run(args: RateDesignsOptions) -> None:
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


RATE_DESIGNS = Command(
    "rate-designs",
    _run,
    (RateDesignsOptions,),
    summary="score sources of designs by the choices of human raters",
    description="Fits Bradley-Terry scores to the choices of human raters "
    "between two images\nof different sources.",
    epilog=EPILOG,
)
