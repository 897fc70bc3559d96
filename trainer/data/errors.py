"""Errors of data sets with inconsistent files."""

from atelier.io.errors import UserError


def contradiction(data_dir: str, missing: KeyError) -> UserError:
    """Returns the error for an id that is missing from some files.

    Args:
        data_dir: Folder of the prepared data set.
        missing: The lookup error that names the id.
    """
    return UserError(
        f"{data_dir} is inconsistent: the id {missing} is in some of its files "
        "but not in others; prepare the data set again"
    )
