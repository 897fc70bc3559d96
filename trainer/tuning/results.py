"""The trials of a search: a line each, and a table of all."""

import dataclasses
from typing import Any

from atelier.io import json_files
from atelier.io.errors import UserError

FILE_NAME = "search.json"
"""All trials, from which the same command goes on."""
MARKDOWN = "search.md"
FINISHED, PRUNED, FAILED = "finished", "pruned", "failed"


@dataclasses.dataclass(frozen=True)
class Row:
    """A trial that came to its end, whatever that was.

    Attributes:
        number: Of the trial, counted from 1.
        state: `finished`, `pruned` or `failed`.
        metrics: Of its epochs.
        values: Of the flags that are varied.
        error: The last that a failed one said, "" of others.
        run_dir: The folder of its run.
    """

    number: int
    state: str
    metrics: list[float]
    values: dict[str, Any]
    error: str
    run_dir: str

    @property
    def finished(self) -> bool:
        """Whether it trained all its epochs."""
        return self.state == FINISHED

    @property
    def metric(self) -> float:
        """The best of its epochs, minus infinity if it had none."""
        return max(self.metrics, default=float("-inf"))


def best_of(rows: list[Row]) -> Row:
    """Returns the best of the finished trials, of which there is one."""
    return _ranked(rows)[0]


def line(row: Row, trials: int, metric: str) -> str:
    """Returns what is printed of a trial.

    Args:
        row: The trial.
        trials: How many there will be.
        metric: The name of the metric.
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
    """Reads the trials that were made before.

    Args:
        run_dir: The folder of the search.
        asked: What must have been the same, by name.

    Raises:
        UserError: If it holds another search, or a broken file.
    """
    if not json_files.exists(run_dir, FILE_NAME):
        return []
    before = json_files.read_json(run_dir, FILE_NAME)
    for name, value in asked.items():
        if before["asked"][name] != value:
            raise UserError(
                f"{run_dir} is a search with {name} {before['asked'][name]!r}, "
                f"got {value!r}; give another --run_dir"
            )
    return [Row(**row) for row in before["trials"]]


def write(
    run_dir: str, asked: dict[str, str], metric: str, rows: list[Row]
) -> None:
    """Writes the table of all trials, as Markdown and as JSON.

    Args:
        run_dir: The folder of the search.
        asked: What must be the same when it goes on, by name.
        metric: The name of the metric.
        rows: The trials, by number.
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
    """Returns the finished trials first, and of those the best."""
    return sorted(rows, key=lambda row: (not row.finished, -row.metric))


def _best_epoch(row: Row) -> int:
    return row.metrics.index(row.metric) + 1


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
