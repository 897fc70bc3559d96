"""The classifier of the Inception Score: the categories of the catalogue.

A softmax regression on the features of `features.py`, with its accuracy on
photos that it was not fitted to, without which a score says little.
"""

import dataclasses

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HELD_OUT = 0.2
MOST_PHOTOS = 5000
_REGULARISATION = 0.01
"""`C` of the regression; ten times more or less is no better held out."""


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A fitted classifier.

    Attributes:
        model: Features to classes.
        accuracy: On the held-out photos.
        held_out: How many these were.
        chance: The accuracy of always saying the most frequent class.
    """

    model: Pipeline
    accuracy: float
    held_out: int
    chance: float

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Returns p(y | x), rows that sum to 1, float64 [n, classes]."""
        found: np.ndarray = self.model.predict_proba(features)
        return found

    def describe(self) -> str:
        """Returns a few words that name it, for the foot of a table."""
        return (
            f"softmax regression to {len(self.model.classes_)} categories of "
            f"the catalogue, right on {self.accuracy:.0%} of {self.held_out:,} "
            f"held-out photos (the most frequent one: {self.chance:.0%})"
        )


def fit_classifier(
    features: np.ndarray, classes: np.ndarray, seed: int = 0
) -> Classifier:
    """Fits a classifier to a catalogue, or to a sample of a large one.

    Args:
        features: Of photos, float [n, d].
        classes: Of the same, int [n], at least two of them, and some photos
            of each.
        seed: Of the sample and of what is held out.
    """
    number = min(len(features), MOST_PHOTOS)
    held_out = round(HELD_OUT * number)
    fitted, unseen, labels, truth = train_test_split(
        features,
        classes,
        train_size=number - held_out,
        test_size=held_out,
        random_state=seed,
        stratify=classes,  # Or a rare one could be missing.
    )
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_REGULARISATION, max_iter=1000)
    ).fit(fitted, labels)
    return Classifier(
        model,
        accuracy=float(model.score(unseen, truth)),
        held_out=len(unseen),
        chance=float(np.unique(truth, return_counts=True)[1].max())
        / len(unseen),
    )
