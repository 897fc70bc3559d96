"""Report of an A/B experiment: which version label is liked more often."""

import dataclasses
import logging
import shutil

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.text_tables import aligned_table
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from serving.experiments.assignment import load_experiment
from serving.experiments.comparison import Comparison
from serving.experiments.comparison import compare
from serving.experiments.comparison import percent
from serving.experiments.outcomes import EventFiles
from serving.experiments.outcomes import collect

_logger = logging.getLogger(__name__)

EPILOG = """\
examples:
  likes of an experiment on the studio's log, also as a page:
    python -m serving.ab_report --events 'runs/events/*.jsonl' \\
      --experiment experiment.json --out ab_report.html

  the experiment file, in which the first label is the reference:
    {"name": "ease", "salt": "7f3a", "labels": {"stable": 0.5, "canary": 0.5}}
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportOptions(Options):
    """Flags of the report."""

    events: str = option(
        ...,
        "event log, JSON lines, plain or .gz: a path, folder or glob pattern",
    )
    experiment: str = option(..., "JSON file of the experiment")
    out: str | None = option(
        None, ".html file to write besides (default: no page)"
    )


def main(argv: list[str] | None = None) -> None:
    """Prints the report; see `--help`.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Raises:
        UserError: If a file is missing or invalid, or the log has too few
            events of a label.
    """
    args = ReportOptions.parse(
        argv, "python -m serving.ab_report", __doc__, EPILOG
    )
    experiment = load_experiment(args.experiment)
    log = EventFiles.find(args.events)
    outcomes, num_others = collect(log.read(), experiment)
    if log.num_bad_lines:
        _logger.warning(
            "%d lines are no events and do not count, for example %s",
            log.num_bad_lines,
            log.bad_line,
        )
    if num_others:
        _logger.info(
            "%d events have another label than that of their user and do not "
            "count",
            num_others,
        )
    if not num_others and not any(one.lists for one in outcomes.values()):
        raise UserError(
            f"--events {args.events} holds no list of the recommender; ask the "
            "studio to log events, and let users come"
        )
    comparison = compare(outcomes, experiment)
    rows = _rows(comparison)
    print(*comparison.verdict, "", sep="\n")
    print(aligned_table(rows, shutil.get_terminal_size().columns))
    if args.out:
        _write_page(args.out, comparison, rows)


def _rows(comparison: Comparison) -> list[tuple[str, ...]]:
    header = ("label", "likes per list", "lift", "interval", "users", "lists")
    rows: list[tuple[str, ...]] = [(*header, "likes")]
    for result in comparison.results:
        lift = result.lift
        rows.append(
            (
                result.label,
                f"{result.rate:.3f}",
                percent(lift.estimate) if lift else "reference",
                lift.interval if lift else "",
                f"{result.num_users:,}",
                f"{result.num_lists:,}",
                f"{result.num_likes:,}",
            )
        )
    return rows


def _write_page(
    path: str, comparison: Comparison, rows: list[tuple[str, ...]]
) -> None:
    # Imported here because the table on the terminal does without Jinja.
    from atelier.html.pages import render_page

    page = render_page(
        "serving.experiments",
        "ab_report.html",
        name=comparison.name,
        verdict=comparison.verdict,
        rows=rows,
    )
    atomic_write(path, page)
    print(f"\nwrote {path}; open it in a browser")
