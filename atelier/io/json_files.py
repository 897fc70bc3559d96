"""Reads and writes small text and JSON files of a folder, such as a run."""

import json
from typing import Any

from atelier.io import files
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts

_WRITTEN_BY = {
    run_artifacts.HISTORY: "`python -m trainer.task recommender`",
    run_artifacts.METRICS: "`python -m trainer.task evaluate`",
    run_artifacts.RANKS: "`python -m trainer.task evaluate`",
}


def write_text(run_dir: str, name: str, text: str) -> None:
    """Writes a text file under a temporary name, then renames it.

    Args:
        run_dir: Folder of the file, local or remote.
        name: File name.
        text: Content.
    """
    atomic_write(paths.join(run_dir, name), text)


def write_json(run_dir: str, name: str, value: Any) -> None:
    """Writes a value as indented JSON."""
    write_text(run_dir, name, json.dumps(value, indent=2) + "\n")


def write_json_lines(run_dir: str, name: str, rows: list[Any]) -> None:
    """Writes JSON lines: one value per line."""
    write_text(
        run_dir,
        name,
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
    )


def exists(run_dir: str, name: str) -> bool:
    """Returns whether a run has a file."""
    return files.exists(paths.join(run_dir, name))


def remove(run_dir: str, *names: str) -> None:
    """Removes outdated files of a run; missing files are ignored."""
    for name in names:
        if exists(run_dir, name):
            files.remove(paths.join(run_dir, name))


def read_json(run_dir: str, name: str) -> Any:
    """Reads a JSON file of a run.

    Raises:
        UserError: If the file is missing or is not valid JSON.
    """
    try:
        return json.loads(_read(run_dir, name))
    except ValueError as error:
        raise _broken(run_dir, name, error) from error


def read_json_lines(run_dir: str, name: str) -> list[Any]:
    """Reads a JSON-lines file of a run; skips empty lines.

    Raises:
        UserError: If the file is missing or a line is not valid JSON.
    """
    # Not splitlines: an id may contain other Unicode line separators.
    try:
        lines = _read(run_dir, name).split("\n")
        return [json.loads(line) for line in lines if line]
    except ValueError as error:
        raise _broken(run_dir, name, error) from error


def _broken(run_dir: str, name: str, error: ValueError) -> UserError:
    return UserError(
        f"{paths.join(run_dir, name)} is not valid JSON ({error}); remove it "
        "and run the command that writes it again"
    )


def _read(run_dir: str, name: str) -> str:
    if not exists(run_dir, name):
        writer = _WRITTEN_BY.get(name, "the command that writes it")
        raise UserError(
            f"{run_dir} holds no {name}; check the path, or run {writer} first"
        )
    return files.read_bytes(paths.join(run_dir, name)).decode()
