import numpy as np

from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.recommender.preview_users import LISTED
from trainer.recommender.preview_users import USERS
from trainer.recommender.preview_users import PreviewUsers


def test_preview_users_get_unseen_items_best_first(colours):
    interactions, photos = colours
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((len(interactions.user_ids), len(photos)))
    asked = []

    def score(users):
        asked.append(users)
        return scores[users]

    preview = PreviewUsers(interactions)
    preview.recommend(score)
    (users,) = asked
    assert len(set(users.tolist())) == USERS
    train = interactions.train.to_list()
    for user, owned, listed in zip(
        users, preview.owned, preview.listed, strict=True
    ):
        assert owned.tolist() == train[user]
        order = np.argsort(-scores[user])
        expected = [item for item in order if item not in train[user]]
        assert listed.tolist() == expected[:LISTED]
    again = PreviewUsers(interactions)
    again.recommend(score)
    np.testing.assert_array_equal(preview.listed, again.listed)


def test_where_little_is_left_lists_are_short(colours):
    interactions, photos = colours
    preview = PreviewUsers(interactions)
    few = np.full(len(photos), np.nan)
    few[:6] = np.arange(6)
    preview.recommend(lambda users: np.tile(few, (len(users), 1)))
    assert (preview.listed == NOBODY).any(axis=1).all()
