"""Several held-out items of some users, none of others."""

import numpy as np
import pytest

from records import results
from records.errors import UserError
from trainer import evaluation
from trainer.config import RecommenderConfig
from trainer.dataset import load_interactions
from trainer.evaluation import evaluate
from trainer.fold_in import fit_fold_in
from trainer.run import Run
from trainer.trained import Trained

COLD_BELOW = 2
USER_VECTORS, ITEM_VECTORS = (
    np.random.default_rng(number).standard_normal((number, 4), np.float32)
    for number in (8, 82)
)


@pytest.fixture
def made_run(monkeypatch, tmp_path):
    """Returns made_run(data_dir): a run that ended with the vectors above."""

    def make(data_dir):
        trained = Trained(
            interactions=load_interactions(data_dir),
            photos=None,
            item_tower=None,
            user_vectors=USER_VECTORS,
            item_vectors=ITEM_VECTORS,
        )
        monkeypatch.setattr(evaluation, "load_trained", lambda _: trained)
        config = RecommenderConfig(cold_below=COLD_BELOW)
        return Run.start(str(tmp_path), data_dir, config)

    return make


def oracle(scores, splits):
    """Rank and number of ranked items of each test pair, ties lost."""
    taken = np.concatenate(list(splits.values()))
    rows = {}
    for user, item in splits["test"]:
        others = np.delete(scores[user], taken[taken[:, 0] == user, 1])
        rank = 1 + np.sum(others >= scores[user, item])
        rows[user, item] = int(rank), len(others) + 1
    return rows


def means(rows):
    ranks, ranked = np.array(list(rows)).T
    return {
        "auc": np.mean(1 - (ranks - 1) / (ranked - 1)),
        "hr@10": np.mean(ranks <= 10),
        "ndcg@10": np.mean((ranks <= 10) / np.log2(1 + ranks)),
    }


def test_every_model_is_measured_on_every_pair(
    made_run, uneven_dir, uneven_splits
):
    found = evaluate(made_run(uneven_dir))
    train = uneven_splits["train"]
    counts = np.bincount(train[:, 1], minlength=82)
    liked = [ITEM_VECTORS[train[train[:, 0] == u, 1]].mean(0) for u in range(8)]
    folded = np.asarray(fit_fold_in(ITEM_VECTORS)(np.array(liked)))
    scores = {
        "popularity": np.tile(counts, (8, 1)),
        evaluation.OURS: USER_VECTORS @ ITEM_VECTORS.T,
        evaluation.FOLDED_IN: folded @ ITEM_VECTORS.T,
    }
    cold = {item for item in range(82) if counts[item] < COLD_BELOW}
    for name, matrix in scores.items():
        rows = oracle(matrix, uneven_splits)
        cold_rows = [row for (_, item), row in rows.items() if item in cold]
        assert 0 < len(cold_rows) < len(rows) == 44
        assert found.test_interactions == {"all": 44, "cold": len(cold_rows)}
        groups = found.models[name]
        assert groups["all"] == pytest.approx(means(rows.values()))
        assert groups["cold"] == pytest.approx(means(cold_rows))
    assert "each held-out item (44 interactions of 6 users)" in found.protocol


def test_ranks_have_a_row_for_each_pair(made_run, uneven_dir, uneven_splits):
    run = made_run(uneven_dir)
    evaluate(run)
    ids = load_interactions(uneven_dir)
    rows = oracle(USER_VECTORS @ ITEM_VECTORS.T, uneven_splits)
    assert results.read_json_lines(run.run_dir, results.RANKS) == [
        {
            "user_id": ids.user_ids[user],
            "item_id": ids.item_ids[item],
            "rank": rank,
            "ranked": ranked,
        }
        for (user, item), (rank, ranked) in sorted(rows.items())
    ]


def test_data_without_test_items_are_one_sentence(
    made_run, resplit, uneven_splits
):
    run = made_run(resplit(**{**uneven_splits, "test": np.empty((0, 2))}))
    with pytest.raises(UserError, match="holds out no test item") as error:
        evaluate(run)
    assert run.data_dir in str(error.value)
    assert not results.exists(run.run_dir, results.METRICS)
