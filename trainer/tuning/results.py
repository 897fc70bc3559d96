"""Trial results: a printed line per trial, and the table of all trials."""

import dataclasses
from typing import Any

from atelier.io import json_files
from atelier.io.errors import UserError

FILE_NAME = "search.json"
"""File of all trials, from which the same command resumes."""
MARKDOWN = "search.md"
FINISHED, PRUNED, FAILED = "finished", "pruned", "failed"


@dataclasses.dataclass(frozen=True)
class Row:
    """A trial that has ended.

    Attributes:
        number: Number of the trial, from 1.
        state: Final state: `finished`, `pruned` or `failed`.
        metrics: Metric after each epoch.
        values: Values of the varied flags.
        error: Last output line of a failed trial; "" for the others.
        run_dir: Folder of the trial's run.
    """

    number: int
    state: str
    metrics: list[float]
    values: dict[str, Any]
    error: str
    run_dir: str

    @property
    def finished(self) -> bool:
        """Whether the trial trained to its end."""
        return self.state == FINISHED

    @property
    def metric(self) -> float:
        """Best metric of the epochs; minus infinity without an epoch."""
        return max(self.metrics, default=float("-inf"))


def best_of(rows: list[Row]) -> Row:
    """Returns the best finished trial; there must be at least one."""
    return _ranked(rows)[0]


def line(row: Row, trials: int, metric: str) -> str:
    """Returns the printed line of a trial.

    Args:
        row: The trial.
        trials: Total number of trials.
        metric: Name of the metric.
    """
    said = f"trial {row.number} of {trials}: {row.state}"
    if row.metrics:
        said += (
            f", {metric} {row.metric:.4f} in epoch {_best_epoch(row)} of "
            f"{len(row.metrics)}"
        )
    values = " ".join(
        f"{name}={_cell(one)}" for name, one in row.values.items()
    )
    return f"{said}, {values}" + (f"; {row.error}" if row.error else "")


def read(run_dir: str, asked: dict[str, str]) -> list[Row]:
    """Reads the trials of an earlier start of the same search.

    Args:
        run_dir: Folder of the search.
        asked: Settings that must equal those of the earlier start, by name.

    Raises:
        UserError: If the folder holds another search or an unreadable file.
    """
    if not json_files.exists(run_dir, FILE_NAME):
        return []
    before = json_files.read_json(run_dir, FILE_NAME)
    for name, value in asked.items():
        if before["asked"][name] != value:
            raise UserError(
                f"{run_dir} was started with {name} {before['asked'][name]!r}, "
                f"got {value!r}; give another --run_dir"
            )
    return [Row(**row) for row in before["trials"]]


def write(
    run_dir: str, asked: dict[str, str], metric: str, rows: list[Row]
) -> None:
    """Writes the table of all trials, as Markdown and as JSON.

    Args:
        run_dir: Folder of the search.
        asked: Settings that must be the same on resume, by name.
        metric: Name of the metric.
        rows: All ended trials, in the order of their numbers.
    """
    json_files.write_text(run_dir, MARKDOWN, _markdown(metric, rows))
    trials = [dataclasses.asdict(row) for row in rows]
    values = {"asked": asked, "metric": metric, "trials": trials}
    json_files.write_json(run_dir, FILE_NAME, values)


def _markdown(metric: str, rows: list[Row]) -> str:
    names = list(rows[0].values)
    lines = [["trial", metric, "epoch", "epochs", *names, "state"]]
    lines.append(["---"] * len(lines[0]))
    for row in _ranked(rows):
        figures = ["", "", "0"]
        if row.metrics:
            epochs = str(len(row.metrics))
            figures = [f"{row.metric:.4f}", str(_best_epoch(row)), epochs]
        values = [_cell(row.values[name]) for name in names]
        lines.append([str(row.number), *figures, *values, row.state])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _ranked(rows: list[Row]) -> list[Row]:
    """Returns the trials sorted: finished ones first, then by best metric."""
    return sorted(rows, key=lambda row: (not row.finished, -row.metric))


def _best_epoch(row: Row) -> int:
    return row.metrics.index(row.metric) + 1


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
