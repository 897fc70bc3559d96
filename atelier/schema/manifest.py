"""Manifest of a prepared data set; written last, it marks it complete."""

import dataclasses
import json
from typing import Any

from atelier.io import files
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.background import Background
from atelier.schema.resize_mode import Resize

FORMAT_VERSION = 1
IMAGES, IDS = "images", "ids"


@dataclasses.dataclass(frozen=True)
class Manifest:
    """Contents and provenance of a prepared data set.

    Attributes:
        image_size: Side of every image, in pixels.
        resize: Resize mode of the images.
        background: Treatment of the background of the photos.
        counts: Number of `users`, `items`, `categories`, of `train`,
            `validation` and `test` records, of `identical_photos`, and of
            `items_with_text`, a title or a description.
        rows: Number of input rows, {table: count}.
        rejected: Number of rejected rows, {table: {reason: count}}.
        cutouts: Number of items by outcome of the cut, `cut` or the reason to
            keep the whole photo; empty if the background is kept.
        times: Number of times of interactions, {format: {year: count}}.
        options: Flags of the job, {name: value}.
        versions: Library versions that wrote the data, {name: version}.
        content_hash: Hash over all records, independent of their order.
        hot_keys: Interaction counts of items and users with very many,
            {table: {id: count}}.
        triples: Form of the triples: `IMAGES`, or `IDS` if they hold no images.
        format_version: Version of the layout on disk.
    """

    image_size: int
    resize: Resize
    background: Background
    counts: dict[str, int]
    rows: dict[str, int]
    rejected: dict[str, dict[str, int]]
    cutouts: dict[str, int]
    times: dict[str, dict[str, int]]
    options: dict[str, Any]
    versions: dict[str, str]
    content_hash: str
    hot_keys: dict[str, dict[str, int]] = dataclasses.field(
        default_factory=dict
    )
    triples: str = IMAGES
    format_version: int = FORMAT_VERSION

    def write(self, data_dir: str) -> None:
        """Writes the manifest under a temporary name, then renames it."""
        json_files.write_json(
            data_dir, paths.MANIFEST, dataclasses.asdict(self)
        )

    @classmethod
    def read(cls, data_dir: str) -> "Manifest":
        """Reads the manifest of a data set.

        Raises:
            UserError: If there is no manifest, it is not valid, or it has
                another format version or other fields.
        """
        path = paths.join(data_dir, paths.MANIFEST)
        if not files.exists(path):
            raise UserError(
                f"{data_dir} holds no {paths.MANIFEST}, so it is not a "
                "complete data set; run `python -m beam_jobs.prepare` first"
            )
        try:
            values = json.loads(files.read_bytes(path))
        except ValueError as error:
            raise UserError(
                f"{path} is not valid JSON ({error}); prepare the data again"
            ) from error
        if not isinstance(values, dict):
            raise UserError(
                f"{path} is not a JSON object; prepare the data again"
            )
        if values.get("format_version") != FORMAT_VERSION:
            raise UserError(
                f"{path} has format version {values.get('format_version')}, "
                f"this code reads {FORMAT_VERSION}; prepare the data again"
            )
        differing = _required(cls) - set(values) | set(values) - {
            field.name for field in dataclasses.fields(cls)
        }
        if differing:
            listed = ", ".join(sorted(differing))
            raise UserError(
                f"{path} was written by another version of this code, which "
                f"differs in {listed}; prepare the data again"
            )
        return cls(**values)


def _required(cls: type[Manifest]) -> set[str]:
    """Returns the names of the fields without a default.

    The others were added later; a data set without them is still read.
    """
    return {
        field.name
        for field in dataclasses.fields(cls)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
