"""What is said of a data set whose files do not belong together."""

from atelier.io.errors import UserError


def contradiction(data_dir: str, missing: KeyError) -> UserError:
    """Returns the error of an id that some files have and others lack.

    Args:
        data_dir: The prepared data set.
        missing: Names the id.
    """
    return UserError(
        f"{data_dir} contradicts itself: {missing} stands in some of its files "
        "and not in others; prepare it again"
    )
