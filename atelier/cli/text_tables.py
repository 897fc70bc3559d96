"""Text tables: aligned for a terminal, or in Markdown."""

from collections.abc import Sequence


def aligned_table(rows: Sequence[Sequence[str]], width: int) -> str:
    """Returns a table for a terminal, without the columns that do not fit.

    Args:
        rows: Header row and data rows, strings [rows][columns].
        width: Terminal width in characters.
    """
    name, *columns = map(_aligned, zip(*rows, strict=True))
    lines = [f"{one.strip():{len(one)}}" for one in name]
    for column in columns:
        if len(lines[0]) + 2 + len(column[0]) <= width:
            pairs = zip(lines, column, strict=True)
            lines = [f"{line}  {cell}" for line, cell in pairs]
    return "\n".join(lines)


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table; all columns but the first align right.

    Args:
        rows: Header row and data rows, strings [rows][columns].
    """
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    return "\n".join(
        f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]
    )


def _aligned(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    return [f"{one:>{width}}" for one in column]
