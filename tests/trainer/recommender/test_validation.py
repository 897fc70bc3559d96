import numpy as np
import pytest

from trainer.data.interactions import load_interactions
from trainer.models.embeddings import Embeddings
from trainer.models.fold_in import fit_fold_in
from trainer.recommender.validation import scorer_of
from trainer.recommender.validation import validate


def test_validation_is_the_mean_over_the_held_out_pairs(
    uneven_dir, uneven_splits
):
    rng = np.random.default_rng(1)
    users, items = (
        rng.normal(size=(count, 4)).astype(np.float32) for count in (8, 82)
    )
    vectors = Embeddings(
        users=users,
        items=items,
        photos=items,
        encoder=fit_fold_in(items),
        content=items[:, :0],
        ease=None,
    )
    interactions = load_interactions(uneven_dir)
    result = validate(scorer_of(vectors, interactions), interactions)
    scores = users @ items.T
    pairs = np.concatenate(list(uneven_splits.values()))
    of_user = {}
    for user, item in uneven_splits["validation"]:
        own = pairs[pairs[:, 0] == user, 1]
        others = np.delete(scores[user], own)
        # What else is held out of the user is among the list, not the AUC.
        of_user.setdefault(user, []).append(
            (np.mean(scores[user, item] > others), scores[user, item], others)
        )
    assert len(of_user) == 5
    aucs = [np.mean([pair[0] for pair in rows]) for rows in of_user.values()]
    assert result["val_auc"] == pytest.approx(np.mean(aucs))
    hits = []
    for rows in of_user.values():
        ranked = np.concatenate([rows[0][2], [row[1] for row in rows]])
        tenth = np.sort(ranked)[-10]
        hits.append(max(row[1] for row in rows) >= tenth)
    assert result["val_hr@10"] == pytest.approx(np.mean(hits))
    assert set(result) == {"val_auc", "val_hr@10", "val_ndcg@10"}
