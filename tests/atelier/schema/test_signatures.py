"""The table of signatures, and the documentation of it."""

import pathlib

from atelier.schema.signatures import SIGNATURES

SERVING = pathlib.Path(__file__).parents[3] / "docs/serving.md"


def names(tensors) -> str:
    return ", ".join(f"`{one.name}`" for one in tensors)


def documented() -> list[str]:
    """Returns the rows of the tables in docs/serving.md."""
    rows, tensors = [], {}
    for model, signatures in SIGNATURES.items():
        for one in signatures.values():
            rows.append(
                f"| {model}: `{one.name}` | {names(one.inputs)} | "
                f"{names(one.outputs)} | {one.help} |"
            )
            tensors |= dict.fromkeys((*one.inputs, *one.outputs))
    return rows + [
        f"| `{one.name}` | {one.dtype} [{', '.join(one.shape)}] | {one.help} |"
        for one in sorted(tensors, key=lambda one: one.name)
    ]


def test_the_documentation_has_these_rows():
    section = SERVING.read_text().split("\n## Signatures\n")[1]
    rows = [
        line
        for line in section.split("\n## ")[0].splitlines()
        if line.startswith("| ") and "`" in line
    ]
    assert rows == documented()
