import numpy as np

from trainer.baselines.scaling import scaled_features
from trainer.baselines.vis_rank import WHITENING
from trainer.baselines.vis_rank import fit_vis_rank


def test_score_is_the_mean_cosine_to_the_users_items(small):
    features = np.asarray(scaled_features(small, WHITENING), float)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    users = np.array([7, 0])
    expected = [
        [np.mean([f @ features[own] for own in items]) for f in features]
        for items in (small.interactions.train[u].numpy() for u in users)
    ]
    np.testing.assert_allclose(fit_vis_rank(small)(users), expected, atol=1e-5)
