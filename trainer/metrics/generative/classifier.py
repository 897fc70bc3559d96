"""Category classifier for the Inception Score.

A softmax regression on the features of `feature_extractor.py`. Its accuracy on
held-out images shows how much the Inception Score can be trusted.
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
_REGULARIZATION = 0.01
"""`C` of the regression; 10 or 1/10 of it is no more accurate on held-out."""


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A fitted classifier with its held-out accuracy.

    Attributes:
        model: Pipeline from features to classes.
        accuracy: Accuracy on the held-out images, 0 to 1.
        held_out: Number of held-out images.
        chance: Accuracy of always predicting the most frequent class, 0 to 1.
    """

    model: Pipeline
    accuracy: float
    held_out: int
    chance: float

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Predicts class probabilities.

        Args:
            features: Image features, float [n, d].

        Returns:
            Probabilities p(y | x), rows that sum to 1, float64 [n, classes].
        """
        probabilities: np.ndarray = self.model.predict_proba(features)
        return probabilities

    def describe(self) -> str:
        """Returns a description for the footnote of a table."""
        return (
            f"softmax regression to {len(self.model.classes_)} categories of "
            f"the catalog, accuracy {self.accuracy:.0%} on {self.held_out:,} "
            f"held-out images (most frequent category: {self.chance:.0%})"
        )


def fit_classifier(
    features: np.ndarray, classes: np.ndarray, seed: int = 0
) -> Classifier:
    """Fits a classifier to a catalog, or to a sample of a large one.

    Args:
        features: Features of real images, float [n, d].
        classes: Class ids of the images, int [n], with at least two classes and
            several images of each.
        seed: Random seed of the sample and of the held-out images.
    """
    num_images = min(len(features), MOST_PHOTOS)
    held_out = round(HELD_OUT * num_images)
    fitted, unseen, labels, truth = train_test_split(
        features,
        classes,
        train_size=num_images - held_out,
        test_size=held_out,
        random_state=seed,
        stratify=classes,  # Otherwise a rare class could be missing.
    )
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_REGULARIZATION, max_iter=1000)
    ).fit(fitted, labels)
    return Classifier(
        model,
        accuracy=float(model.score(unseen, truth)),
        held_out=len(unseen),
        chance=float(np.unique(truth, return_counts=True)[1].max())
        / len(unseen),
    )
