"""Atomic write of small text files."""

from pathlib import Path


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file under a temporary name and renames it.

    A process that polls the file never reads a partial one.

    Args:
        path: Path of the file; an existing file is replaced.
        text: Content of the file.
        mode: Permission bits of the file, before the umask.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.touch(mode=mode)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
