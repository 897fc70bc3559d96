"""Bradley-Terry scores of the sources of a blind comparison."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.io import files
from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.metrics.generative.bradley_terry import bradley_terry
from trainer.metrics.generative.bradley_terry import count_wins
from trainer.metrics.generative.bradley_terry import score_intervals

RATINGS = "ratings.json"
_SIDES = {"left": "right", "right": "left"}


@dataclasses.dataclass(frozen=True)
class Rating:
    """Choices for and score of one source.

    Attributes:
        source: Name of the source.
        wins: Number of choices of its images.
        comparisons: Number of choices between one of its images and another.
        score: Bradley-Terry score; 0 is the mean of all sources.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
    """

    source: str
    wins: int
    comparisons: int
    score: float
    low: float
    high: float


def read_choices(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Reads the answers of raters.

    Args:
        paths: Files that the page of `blind_page.py` saved.

    Returns:
        The source chosen and the other one, of each answer.

    Raises:
        UserError: If a file is none of the page, or all are without answers.
    """
    choices = []
    for path in paths:
        try:
            answers = json.loads(files.read_bytes(path))["answers"]
            choices += [_choice(answer) for answer in answers]
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            RecursionError,  # JSON nested too deep.
        ) as error:
            raise UserError(
                f"{path} holds no answers of a blind comparison ({error!r}); "
                "give the file that its page saved"
            ) from error
    if not choices:
        raise UserError(f"{', '.join(paths)}: no answers, so there is no score")
    return choices


def rate(choices: Sequence[tuple[str, str]]) -> list[Rating]:
    """Computes the scores of all sources, best first.

    Args:
        choices: The source chosen and the other one, of each answer.
    """
    sources = sorted({source for choice in choices for source in choice})
    indices = {source: index for index, source in enumerate(sources)}
    winners, losers = np.array(
        [[indices[source] for source in choice] for choice in choices]
    ).T
    wins = count_wins(winners, losers, len(sources))
    scores = bradley_terry(wins)
    low, high = score_intervals(winners, losers, len(sources))
    return [
        Rating(
            sources[index],
            int(wins[index].sum()),
            int(wins[index].sum() + wins[:, index].sum()),
            float(scores[index]),
            float(low[index]),
            float(high[index]),
        )
        for index in np.argsort(-scores, kind="stable")
    ]


def table(ratings: Sequence[Rating]) -> list[list[str]]:
    """Returns the header and a row per source."""
    return [["source", "score", "95 % interval", "chosen", "of"]] + [
        [
            one.source,
            f"{one.score:+.2f}",
            f"[{one.low:+.2f}, {one.high:+.2f}]",
            str(one.wins),
            str(one.comparisons),
        ]
        for one in ratings
    ]


def write_ratings(out: str, ratings: Sequence[Rating]) -> None:
    """Writes the scores as JSON.

    Args:
        out: Output folder.
        ratings: Scores of all sources.
    """
    files.make_folders(out)
    rows = [dataclasses.asdict(one) for one in ratings]
    json_files.write_json(out, RATINGS, rows)


def _choice(answer: Any) -> tuple[str, str]:
    """Returns the source chosen and the other one of an answer.

    Raises:
        ValueError: If both are the same.
    """
    chosen = answer["chosen"]
    winner, loser = str(answer[chosen]), str(answer[_SIDES[chosen]])
    if winner == loser:
        raise ValueError(f"both images are of {winner!r}")
    return winner, loser
