"""Ownership, markers and cleanup of the output folder of a job."""

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
from beam_jobs.shards import atomic_beam_write


@dataclasses.dataclass(frozen=True)
class JobFolder:
    """An output folder that belongs to one command, which may refill it.

    The command owns the folder if the folder is new or empty, or if it holds
    the completion file `done` or the marker file `unfinished` of an earlier
    job. Files that match none of the patterns below are never deleted.

    Attributes:
        path: Path of the folder, on any file system that Beam supports.
        flag: Command-line flag that sets the path, for error messages.
        content: Description of the finished content, for error messages.
        done: Name of the completion file, a JSON object that is written last.
        done_key: Key that the JSON object in `done` must have.
        unfinished: Name of the marker file that exists until the job is done.
        written: Glob patterns, relative to the folder, of all other files that
            the command and later commands write; `*` does not match `/`.

    Example:
        folder = JobFolder(
            "out", "--out_dir", "a table", "done.json", "version",
            "job.unfinished", ("part-*.csv",),
        )
        folder.require_empty_or_owned("overwrite")
        folder.begin()
        ...  # Write part-0.csv, then done.json with the key "version".
        folder.finish()
    """

    path: str
    flag: str
    content: str
    done: str
    done_key: str
    unfinished: str
    written: tuple[str, ...]

    def require_empty_or_owned(self, if_exists: str) -> None:
        """Checks that a job may fill the folder, without changing it.

        Args:
            if_exists: Action if an earlier job finished there, `fail` or
                `overwrite`.

        Raises:
            UserError: If the path has wildcards or is of a file system that
                TensorFlow does not have, or the folder cannot be read, holds
                files of another origin, or holds a finished result and
                `if_exists` is `fail`.
        """
        if set(self.path) & set("*?["):
            raise UserError(
                f"{self.flag} must not contain the wildcards *?[, got "
                f"{self.path}; choose another folder"
            )
        if FileSystems.get_scheme(self.path) not in (None, "gs"):
            raise UserError(
                f"{self.flag} must be a folder that all machines mount, or a "
                f"gs:// path, got {self.path}; TensorFlow, which writes and "
                "reads the records, has no other file systems"
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
                f"{self.flag} {self.path} holds files that this command did "
                f"not write, such as {strange[0]}; give a new or empty folder"
            )

    def begin(self) -> None:
        """Marks the folder as unfinished and deletes the earlier output.

        Raises:
            UserError: If the folder cannot be written to.
        """
        with self._told("written to"):
            atomic_beam_write(
                self._join(self.unfinished),
                b"A job that fills this folder has not come to its end.\n",
            )
            # Deleted first: its presence means that the output is complete.
            self.delete(self.done)
            self.delete(*self.written)

    def finish(self) -> None:
        """Removes the unfinished marker, after `done` was written."""
        self.delete(self.unfinished)

    def delete(self, *patterns: str) -> None:
        """Deletes complete and partial files, then local empty folders.

        Args:
            patterns: Glob patterns relative to the folder; `*` does not match
                `/`.
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
                with contextlib.suppress(OSError):  # Not empty.
                    os.rmdir(folder)

    def _is_done(self) -> bool:
        """Returns whether `done` exists and was written by this command."""
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
    """Returns the pattern and those of its temporary files."""
    folder, name = posixpath.split(pattern)
    return (
        pattern,
        posixpath.join(folder, f".{name}.tmp*"),  # Written by `shards`.
        posixpath.join(folder, f"{name}.tmp"),  # `atelier.io.json_files`.
        posixpath.join(folder, f"beam-temp-{name}-*", "*"),  # Written by Beam.
    )


def _matches(name: str, patterns: list[str]) -> bool:
    return any(
        name.count("/") == pattern.count("/")
        and fnmatch.fnmatchcase(name, pattern)
        for pattern in patterns
    )
