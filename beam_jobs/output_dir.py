"""The folder that a job fills: whose it is, and what is deleted there."""

import contextlib
import dataclasses
import fnmatch
import json
import os
import posixpath
from collections.abc import Iterator

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError
from atelier.schema import paths
from beam_jobs.shards import write_whole


@dataclasses.dataclass(frozen=True)
class JobFolder:
    """A folder that belongs to one command, which may fill it again.

    It is the command's if it is new or empty, or holds the file that is
    written last, or the one that says that a job there has not come to its
    end. Whatever else lies in it is left alone.

    Attributes:
        path: The folder, on any file system that Beam knows.
        flag: The flag that names it.
        content: What it holds in the end, for sentences.
        done: Name of the file that is written last, a JSON object.
        done_key: A key that this object has.
        unfinished: Name of the file that a job leaves until it is done.
        written: Patterns of all other files that the command and those that
            follow it write, below the folder; `*` stands for all but `/`.
    """

    path: str
    flag: str
    content: str
    done: str
    done_key: str
    unfinished: str
    written: tuple[str, ...]

    def require_empty_or_owned(self, if_exists: str) -> None:
        """Makes sure that a job may fill the folder; changes nothing.

        Args:
            if_exists: `fail` or `overwrite`: what to do where an earlier job
                came to its end.

        Raises:
            UserError: If it may not, or the folder cannot be read.
        """
        if set(self.path) & set("*?["):
            raise UserError(
                f"{self.flag} {self.path} must hold none of *?[, which mean "
                "patterns"
            )
        with self._told("read"):
            done = self._is_done()
            started = done or FileSystems.exists(self._join(self.unfinished))
            strange = [] if started else self._files(limit=1)
        if done and if_exists == "fail":
            raise UserError(
                f"{self.path} holds {self.content}; give another {self.flag}, "
                "or --if_exists=overwrite to replace it"
            )
        if strange:
            raise UserError(
                f"{self.flag} {self.path} holds files of something else, "
                f"{strange[0]} among them; give a folder that is new or empty"
            )

    def begin(self) -> None:
        """Marks the folder and deletes what an earlier job wrote.

        Raises:
            UserError: If the folder cannot be written to.
        """
        with self._told("written to"):
            write_whole(
                self._join(self.unfinished),
                b"A job that fills this folder has not come to its end.\n",
            )
            # Goes first: where it is, the others are whole.
            self.delete(self.done)
            self.delete(*self.written)

    def finish(self) -> None:
        """Takes the mark off, after `done` was written."""
        self.delete(self.unfinished)

    def delete(self, *patterns: str) -> None:
        """Deletes files, whole or half written, and folders left empty.

        Args:
            patterns: As `written`.
        """
        wanted = [one for pattern in patterns for one in _with_halves(pattern)]
        FileSystems.delete(
            [
                path
                for path in self._files()
                if _matches(path.removeprefix(self._join("")), wanted)
            ]
        )
        if "://" not in self.path:
            self._delete_empty([posixpath.dirname(one) for one in wanted])

    def _delete_empty(self, patterns: list[str]) -> None:
        for folder, _, _ in os.walk(self.path, topdown=False):
            if _matches(os.path.relpath(folder, self.path), patterns):
                with contextlib.suppress(OSError):  # It is not empty.
                    os.rmdir(folder)

    def _is_done(self) -> bool:
        """Says whether `done` is there, and of this command."""
        path = self._join(self.done)
        if not FileSystems.exists(path):
            return False
        with FileSystems.open(
            path, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            try:
                content = json.load(file)
            except ValueError:
                return False
        return isinstance(content, dict) and self.done_key in content

    def _files(self, limit: int | None = None) -> list[str]:
        (match,) = FileSystems.match([self._join("**")], [limit])
        return [found.path for found in match.metadata_list]

    def _join(self, name: str) -> str:
        return paths.join(self.path, name)

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Each file system raises its own type.
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise UserError(
                f"{self.flag} {self.path} cannot be {what}: {reason}"
            ) from error


def _with_halves(pattern: str) -> tuple[str, ...]:
    """Adds what a job that was killed leaves of a file."""
    folder, name = posixpath.split(pattern)
    return (
        pattern,
        posixpath.join(folder, f".{name}.tmp*"),  # Of `shards`.
        posixpath.join(folder, f"{name}.tmp"),  # Of `atelier.io.json_files`.
        posixpath.join(folder, f"beam-temp-{name}-*", "*"),  # Of Beam.
    )


def _matches(name: str, patterns: list[str]) -> bool:
    return any(
        name.count("/") == pattern.count("/")
        and fnmatch.fnmatchcase(name, pattern)
        for pattern in patterns
    )
