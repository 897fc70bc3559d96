"""Metric tables of an evaluation, for a terminal and in Markdown."""

import textwrap
from collections.abc import Callable
from collections.abc import Sequence

from atelier.cli.text_tables import aligned_table
from atelier.cli.text_tables import markdown_table
from trainer.evaluation.results import Evaluation
from trainer.evaluation.results import differs

_FIRST = ("auc", "hr", "ndcg", "mrr", "recall", "auc_100")
"""Order of the leading columns; a narrow terminal drops the later ones."""

MINUTES = "minutes"
"""Column of the CPU minutes of training."""
_NUM_BEFORE_MINUTES = 3
"""Number of metrics before that column, which a narrow terminal shows too."""

NOTE = (
    "±: half of the 95 % interval; *: differs significantly from our model "
    "(paired randomization test over users, p < 0.05, Holm-corrected over the "
    "baselines and metrics of the slice)"
)
"""Explanation of the marks of the cells."""

LIST_METRICS = ("coverage", "novelty", "diversity")
"""Prefixes of the list metrics, which need no held-out items."""


def metrics_of(evaluation: Evaluation, group: str) -> list[str]:
    """Returns the metric names of a group, in column order."""
    names = next(
        groups[group]
        for groups in evaluation.models.values()
        if group in groups
    )
    prefixes = [name.partition("@")[0] for name in names]
    places = [
        _FIRST.index(prefix) if prefix in _FIRST else len(_FIRST)
        for prefix in prefixes
    ]
    return [name for _, name in sorted(zip(places, names, strict=True))]


def title(evaluation: Evaluation, group: str) -> str:
    """Returns the title of a group, with the names of equal groups."""
    pairs = evaluation.test_interactions[group]
    num_users = evaluation.num_users[group]
    same = " and ".join(evaluation.identical_slices.get(group, ()))
    words = (
        f"{group}: {pairs:,} held-out items of {num_users:,} users"
        + f"; every item is {same}" * bool(same)
    )
    return words.replace("_", " ")


def text(evaluation: Evaluation, width: int) -> str:
    """Returns aligned tables, one per group, with the columns that fit.

    Args:
        evaluation: The metrics.
        width: Width of the terminal, in characters.
    """
    blocks = []
    for group in evaluation.test_interactions:
        rows = _rows(evaluation, group, metrics_of(evaluation, group), _short)
        head = textwrap.fill(title(evaluation, group), width)
        blocks.append(f"{head}\n{aligned_table(rows, width)}")
    compared = [
        textwrap.fill(line, width, subsequent_indent="  ")
        for line in comparison_lines(evaluation) + efficiency_lines(evaluation)
    ]
    return "\n\n".join([*blocks, *(["\n".join(compared)] if compared else [])])


def markdown(evaluation: Evaluation) -> str:
    """Returns Markdown with one table per group and the paired test."""
    parts = [evaluation.verdict]
    for group in evaluation.test_interactions:
        rows = _rows(evaluation, group, metrics_of(evaluation, group), cell)
        parts += [f"**{title(evaluation, group)}**", markdown_table(rows)]
    parts += [
        f"Means over users. {NOTE}. Protocol: {evaluation.protocol}.",
        *comparison_lines(evaluation),
        *efficiency_lines(evaluation),
    ]
    return "\n\n".join(parts) + "\n"


def comparison_lines(evaluation: Evaluation) -> list[str]:
    """Returns the results of the paired test, one line per group."""
    comparison = evaluation.comparison
    if comparison is None:
        return []
    return [
        f"{comparison.model} minus {comparison.baseline}, "
        f"{group.replace('_', ' ')}: "
        + "; ".join(
            f"{name} {test['difference']:+.4f} "
            f"[{test['low']:+.4f}, {test['high']:+.4f}], p = {test['p']:.4f}, "
            f"Holm-corrected {test['p_holm']:.4f}"
            for name, test in metrics.items()
            if name.startswith(("auc", "ndcg@")) and name != "auc_100"
        )
        for group, metrics in comparison.groups.items()
    ]


def efficiency_lines(evaluation: Evaluation) -> list[str]:
    """Returns a line with the NDCG per CPU minute of training, if known.

    Models that train for less than a second are left out.
    """
    quality = [
        f"{model} {means['all'][ndcg] / minutes:.4f}"
        for model, means in evaluation.models.items()
        for ndcg in means["all"]
        if ndcg.startswith("ndcg@")
        and (minutes := evaluation.cpu_minutes.get(model, 0.0)) >= 1 / 60
    ]
    if not quality:
        return []
    return [f"NDCG per CPU minute of training: {', '.join(quality)}"]


def cell(evaluation: Evaluation, model: str, group: str, name: str) -> str:
    """Returns a mean, marked as `NOTE` says.

    The name `MINUTES` gives the CPU minutes of training, if known.
    """
    if name == MINUTES:
        minutes = evaluation.cpu_minutes.get(model)
        return "" if minutes is None else f"{minutes:.2f}"
    value = evaluation.models[model][group][name]
    around = evaluation.intervals[model][group].get(name)
    digits = 2 if name.startswith("novelty") else 4
    shown = f"{value:.{digits}f}"
    shown += "*" * differs(evaluation, model, group, name)
    if around is None:
        return shown
    return f"{shown} ±{(around[1] - around[0]) / 2:.{digits}f}"


def _short(evaluation: Evaluation, model: str, group: str, name: str) -> str:
    """Returns a cell without the interval, except for the AUC."""
    long = cell(evaluation, model, group, name)
    return long if name == "auc" else long.partition(" ")[0]


def _rows(
    evaluation: Evaluation,
    group: str,
    names: Sequence[str],
    show: Callable[[Evaluation, str, str, str], str],
) -> list[list[str]]:
    """Returns the header and one row per model evaluated on the group."""
    if evaluation.cpu_minutes:
        names = [
            *names[:_NUM_BEFORE_MINUTES],
            MINUTES,
            *names[_NUM_BEFORE_MINUTES:],
        ]
    return [["model", *names]] + [
        [model, *(show(evaluation, model, group, name) for name in names)]
        for model, groups in evaluation.models.items()
        if group in groups
    ]
