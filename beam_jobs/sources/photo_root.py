"""Where the photos are that a table names."""

import argparse
import os

from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError


def photo_root_of(args: argparse.Namespace, table: str) -> str:
    """Returns `--photo_root`, or the folder of the table.

    Args:
        args: The flags.
        table: The table that names the photos; a path or pattern.

    Raises:
        UserError: If the flag names a local path that is no folder.
    """
    root: str | None = args.photo_root
    if root is None:
        folder: str = FileSystems.split(table)[0]
        return folder
    if FileSystems.get_scheme(root) is None and not os.path.isdir(root):
        raise UserError(
            f"--photo_root {root} is no folder; give the one that paths of "
            "photos start at"
        )
    return root
