"""Writes a small file so that who polls it never reads half of it."""

from pathlib import Path


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file under another name and renames it.

    Args:
        path: Where it is to be; what is there is replaced.
        text: What is to be in it.
        mode: Who may read it, less what the umask forbids.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.touch(mode=mode)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
