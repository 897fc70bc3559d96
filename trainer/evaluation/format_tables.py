"""The figures of an evaluation as tables: for a terminal, and to paste."""

import textwrap
from collections.abc import Callable
from collections.abc import Sequence

from atelier.cli.text_tables import aligned_table
from atelier.cli.text_tables import markdown_table
from trainer.evaluation.results import Evaluation

_FIRST = ("auc", "hr", "ndcg", "mrr", "recall", "auc_100")
"""What stands first where there is no room for all."""

LIST_METRICS = ("coverage", "novelty", "diversity")
"""How the metrics begin that need no truth, only lists."""


def metrics_of(evaluation: Evaluation, group: str) -> list[str]:
    """Returns the names of the metrics of a group, the first ones first."""
    names = next(
        groups[group]
        for groups in evaluation.models.values()
        if group in groups
    )
    kinds = [name.partition("@")[0] for name in names]
    places = [
        _FIRST.index(kind) if kind in _FIRST else len(_FIRST) for kind in kinds
    ]
    return [name for _, name in sorted(zip(places, names, strict=True))]


def title(evaluation: Evaluation, group: str) -> str:
    """Returns what a group is, in words, and which other groups it is too."""
    pairs, people = (
        evaluation.test_interactions[group],
        evaluation.people[group],
    )
    same = " and ".join(evaluation.same_pairs.get(group, ()))
    words = (
        f"{group}: {pairs:,} held-out items of {people:,} people"
        + f"; every item is {same}" * bool(same)
    )
    return words.replace("_", " ")


def text(evaluation: Evaluation, width: int) -> str:
    """Returns aligned tables, one a group, of the columns that fit.

    Args:
        evaluation: What to show.
        width: Of the terminal, in characters.
    """
    blocks = []
    for group in evaluation.test_interactions:
        rows = _rows(evaluation, group, metrics_of(evaluation, group), _short)
        head = textwrap.fill(title(evaluation, group), width)
        blocks.append(f"{head}\n{aligned_table(rows, width)}")
    compared = [
        textwrap.fill(line, width, subsequent_indent="  ")
        for line in comparison_lines(evaluation)
    ]
    return "\n\n".join([*blocks, *(["\n".join(compared)] if compared else [])])


def markdown(evaluation: Evaluation) -> str:
    """Returns a page with a table for each group, to be pasted elsewhere."""
    parts = []
    for group in evaluation.test_interactions:
        rows = _rows(evaluation, group, metrics_of(evaluation, group), cell)
        parts += [f"**{title(evaluation, group)}**", markdown_table(rows)]
    parts += [
        f"Means over people, ± half of their 95 % interval. Protocol: "
        f"{evaluation.protocol}.",
        *comparison_lines(evaluation),
    ]
    return "\n\n".join(parts) + "\n"


def comparison_lines(evaluation: Evaluation) -> list[str]:
    """Returns what the paired test found, a line for each group."""
    found = evaluation.comparison
    if found is None:
        return []
    return [
        f"{found.model} less {found.baseline}, {group.replace('_', ' ')}: "
        + "; ".join(
            f"{name} {one['difference']:+.4f} "
            f"[{one['low']:+.4f}, {one['high']:+.4f}], p = {one['p']:.4f}"
            for name, one in metrics.items()
            if name.startswith(("auc", "ndcg@")) and name != "auc_100"
        )
        for group, metrics in found.groups.items()
    ]


def cell(evaluation: Evaluation, model: str, group: str, name: str) -> str:
    """Returns a mean, and half of its interval if there is one."""
    value = evaluation.models[model][group][name]
    around = evaluation.intervals[model][group].get(name)
    digits = 2 if name.startswith("novelty") else 4
    if around is None:
        return f"{value:.{digits}f}"
    half = (around[1] - around[0]) / 2
    return f"{value:.{digits}f} ±{half:.{digits}f}"


def _short(evaluation: Evaluation, model: str, group: str, name: str) -> str:
    """Returns a cell without the interval, unless it is that of the AUC."""
    long = cell(evaluation, model, group, name)
    return long if name == "auc" else long.partition(" ")[0]


def _rows(
    evaluation: Evaluation,
    group: str,
    names: Sequence[str],
    show: Callable[[Evaluation, str, str, str], str],
) -> list[list[str]]:
    """Returns the head and a row for each model that answered."""
    return [["model", *names]] + [
        [model, *(show(evaluation, model, group, name) for name in names)]
        for model, groups in evaluation.models.items()
        if group in groups
    ]
