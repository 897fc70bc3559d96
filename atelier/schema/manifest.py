"""The manifest: written last, so that where it is, the data set is whole."""

import dataclasses
import json
import typing
from typing import Any
from typing import Literal

import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths

FORMAT_VERSION = 1

Resize = Literal["pad", "crop"]
"""Scaled to fit and padded with white, or the central square, scaled."""
RESIZES: tuple[Resize, ...] = typing.get_args(Resize)
"""Modes of resizing, in `prepare` and in the serving graph."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a prepared data set holds and how it was made.

    Attributes:
        image_size: Side of every photo, in pixels.
        resize: How they became squares.
        counts: `users`, `items`, `categories`, `train`, `validation` and
            `test` records.
        rows: Rows read of each input table.
        rejected: Rows left out, by table and then by reason.
        options: The options of the job.
        versions: Versions of the libraries that wrote the data.
        content_hash: Hash over all records, whatever their order.
        format_version: Version of the layout on disk.
    """

    image_size: int
    resize: Resize
    counts: dict[str, int]
    rows: dict[str, int]
    rejected: dict[str, dict[str, int]]
    options: dict[str, Any]
    versions: dict[str, str]
    content_hash: str
    format_version: int = FORMAT_VERSION

    def write(self, data_dir: str) -> None:
        """Writes the manifest under a temporary name and renames it."""
        json_files.write_json(
            data_dir, paths.MANIFEST, dataclasses.asdict(self)
        )

    @classmethod
    def read(cls, data_dir: str) -> "Manifest":
        """Reads the manifest of a data set.

        Raises:
            UserError: If there is none, or it is of another format or
                version of this code.
        """
        path = paths.join(data_dir, paths.MANIFEST)
        if not tf.io.gfile.exists(path):
            raise UserError(
                f"{data_dir} holds no {paths.MANIFEST}, so it is no finished "
                "data set; run `python -m beam_jobs.prepare` first"
            )
        with tf.io.gfile.GFile(path) as file:
            try:
                values = json.loads(file.read())
            except ValueError as error:
                raise UserError(
                    f"{path} is no JSON ({error}); prepare the data again"
                ) from error
        if not isinstance(values, dict):
            raise UserError(
                f"{path} holds no JSON object; prepare the data again"
            )
        if values.get("format_version") != FORMAT_VERSION:
            raise UserError(
                f"{path} has format version {values.get('format_version')}, "
                f"this code reads {FORMAT_VERSION}; prepare the data again"
            )
        fields = {field.name for field in dataclasses.fields(cls)}
        if fields != set(values):
            differing = ", ".join(sorted(fields.symmetric_difference(values)))
            raise UserError(
                f"{path} is of another version of this code, which differs in "
                f"{differing}; prepare the data again"
            )
        return cls(**values)
