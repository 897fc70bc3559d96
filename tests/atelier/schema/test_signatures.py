"""The table of signatures, and the documentation of it."""

import pathlib

from atelier.schema.signatures import SIGNATURES

SERVING = pathlib.Path(__file__).parents[3] / "docs/serving.md"


def names(tensors) -> str:
    return ", ".join(f"`{tensor.name}`" for tensor in tensors)


def documented() -> list[str]:
    """Returns the rows of the tables in docs/serving.md."""
    rows, tensors = [], {}
    for model, signatures in SIGNATURES.items():
        for entry in signatures.values():
            rows.append(
                f"| {model}: `{entry.name}` | {names(entry.inputs)} | "
                f"{names(entry.outputs)} | {entry.help} |"
            )
            tensors |= dict.fromkeys((*entry.inputs, *entry.outputs))
    rows += [
        f"| `{tensor.name}` | {tensor.dtype} [{', '.join(tensor.shape)}] | "
        f"{tensor.help} |"
        for tensor in sorted(tensors, key=lambda tensor: tensor.name)
    ]
    # A tensor that is newer in one signature than in another has one row.
    return list(dict.fromkeys(rows))


def test_the_documentation_has_these_rows():
    section = SERVING.read_text().split("\n## Signatures\n")[1]
    rows = [
        line
        for line in section.split("\n## ")[0].splitlines()
        if line.startswith("| ") and "`" in line
    ]
    assert rows == documented()
