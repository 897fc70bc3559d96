"""Root folder of relative image paths."""

import os

from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError


def photo_root_of(root: str | None, table: str) -> str:
    """Returns `--photo_root`, or the folder of the table.

    Args:
        root: Value of the flag, None if it is not given.
        table: Path or glob pattern of the table with the image paths.

    Raises:
        UserError: If the flag is a local path that is not a folder.
    """
    if root is None:
        folder: str = FileSystems.split(table)[0]
        return folder
    if FileSystems.get_scheme(root) is None and not os.path.isdir(root):
        raise UserError(
            f"--photo_root {root} is not a folder; give the folder that "
            "relative image paths start from"
        )
    return root
