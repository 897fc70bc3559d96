"""Folder of photos named after their items, such as `photos/17.jpg`."""

import dataclasses
import os
from collections.abc import Iterator

from apache_beam.io.filesystems import FileSystems

from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row

IMAGE_ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    ".avif",
)
"""Endings of the names of photos, in any case."""


@dataclasses.dataclass(frozen=True)
class PhotoFolder:
    """Table of the photos in a folder and its subfolders, one row per photo.

    Attributes:
        folder: Path or URI of the folder.
        id_name: Name of the values with the item ids, which are the names of
            the files without their ending.
        photo_name: Name of the values with the paths inside the folder.

    Example:
        photos = PhotoFolder("shop/photos", "item_id", "photo")
        rows = [row for chunk in photos.chunks for row in photos.read(chunk)]
    """

    folder: str
    id_name: str
    photo_name: str

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The folder as the only chunk."""
        return (Chunk(self.folder),)

    def read(self, chunk: Chunk) -> Iterator[Row]:
        """Reads the names of the photos, sorted."""
        for path in photo_paths(chunk.path):
            name = os.path.basename(path)
            values = {
                self.id_name: os.path.splitext(name)[0],
                self.photo_name: path[len(chunk.path.rstrip("/")) + 1 :],
            }
            yield Row((path, 1), values)


def photo_paths(folder: str) -> list[str]:
    """Returns the paths of the photos in a folder and its subfolders, sorted.

    Args:
        folder: Path or URI of the folder.
    """
    root = folder.rstrip("/")
    if FileSystems.get_scheme(folder):
        found = FileSystems.match([f"{root}/**"])[0].metadata_list
        paths = [match.path for match in found]
    else:
        paths = [
            os.path.join(place, name)
            for place, _, names in os.walk(root)
            for name in names
        ]
    return sorted(
        path for path in paths if path.lower().endswith(IMAGE_ENDINGS)
    )


def is_photo_folder(path: str) -> bool:
    """Returns whether a path is a local folder with photos, or a `gs://` one.

    Args:
        path: Path, folder or glob pattern of a table, or a folder of photos.
    """
    if FileSystems.get_scheme(path):
        return path.endswith("/") and bool(photo_paths(path))
    return os.path.isdir(path) and bool(photo_paths(path))
