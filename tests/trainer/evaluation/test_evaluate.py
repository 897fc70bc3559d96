"""Several held-out items of some users, none of others."""

import dataclasses
import html
import os
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.model_names import FOLD_IN
from atelier.schema.model_names import OURS
from atelier.schema.model_names import TWO_TOWER
from atelier.schema.model_names import name_of
from trainer import task
from trainer.baselines import training_loop as fitting
from trainer.baselines.baseline import BaselineData
from trainer.baselines.vis_rank import fit_vis_rank
from trainer.data.catalog_images import CatalogImages
from trainer.data.interactions import load_interactions
from trainer.data.user_holdout import hold_out_users
from trainer.evaluation import cli
from trainer.evaluation import evaluate as module
from trainer.evaluation import fit_baselines
from trainer.evaluation import html_report
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.without_variants import SUFFIX
from trainer.metrics.ranking.held_out import HeldOut
from trainer.models.backbones import BACKBONES
from trainer.models.fold_in import fit_fold_in
from trainer.recommender import pretrained_features
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

COLD_BELOW = 2
ANY_USER = "random,popularity"
"""Baselines that look at no image."""
USER_VECTORS, ITEM_VECTORS = (
    np.random.default_rng(number).standard_normal((number, 4), np.float32)
    for number in (8, 82)
)


@pytest.fixture
def made_run(monkeypatch, tmp_path, tiny):
    """Returns made_run(data_dir): a run that ended with the vectors above.

    VisRank looks at four features of each photo: the axes of 1280 take seconds.
    The page is empty, because its map takes longer than the evaluation.
    """
    monkeypatch.setattr(module, "render", lambda *_: "")
    assert fit_baselines.FEATURES_OF in BACKBONES
    monkeypatch.setattr(fit_baselines, "FEATURES_OF", tiny)
    return lambda data_dir, new_share=0.0: start_run(
        monkeypatch, str(tmp_path), data_dir, new_share
    )


def start_run(patch, run_dir, data_dir, new_share=0.0):
    """Starts a run, and makes `evaluate` load the vectors above for it."""
    interactions, held_out_users = hold_out_users(
        load_interactions(data_dir), new_share, seed=1
    )
    trained = TrainedRecommender(
        interactions=interactions,
        held_out_users=held_out_users,
        images=CatalogImages(data_dir),
        item_tower=None,
        user_vectors=USER_VECTORS[: len(interactions.user_ids)],
        item_vectors=ITEM_VECTORS,
        visual_vectors=ITEM_VECTORS,
        encoder=fit_fold_in(ITEM_VECTORS),
        ease=None,
    )
    patch.setattr(module, "load_recommender", lambda _: trained)
    config = RecommenderConfig(cold_item_threshold=COLD_BELOW)
    return Run.start(run_dir, data_dir, config)


@pytest.fixture(scope="module")
def evaluated(uneven_dir, tmp_path_factory):
    """A run of `uneven_dir` and its evaluation; tests only read them."""
    with pytest.MonkeyPatch.context() as patch:
        run_dir = str(tmp_path_factory.mktemp("evaluated"))
        run = start_run(patch, run_dir, uneven_dir)
        return run, evaluate(run, EvaluationConfig(baselines=ANY_USER))


def means(naive, scores, held_out):
    rows = list(naive(scores, held_out, 10).values())
    return {name: np.mean([row[name] for row in rows]) for name in rows[0]}


def test_every_model_is_measured_on_every_pair(
    evaluated, uneven_dir, uneven_splits, naive
):
    _, result = evaluated
    train = uneven_splits["train"]
    counts = np.bincount(train[:, 1], minlength=82)
    liked = [ITEM_VECTORS[train[train[:, 0] == u, 1]].mean(0) for u in range(8)]
    folded = np.asarray(
        fit_fold_in(ITEM_VECTORS)(np.array(liked), np.ones(8, np.float32))
    )
    scores = {
        "popularity": np.tile(counts, (8, 1)),
        TWO_TOWER: USER_VECTORS @ ITEM_VECTORS.T,
        FOLD_IN: folded @ ITEM_VECTORS.T,
    }
    everything = HeldOut.of_split(load_interactions(uneven_dir), "test")
    cold_pairs = counts[everything.pairs[:, 1]] < COLD_BELOW
    cold = HeldOut(
        everything.pairs[cold_pairs],
        everything.interacted,
        everything.known,
        82,
    )
    assert 0 < len(cold.pairs) < len(everything.pairs) == 44
    assert result.test_interactions["all"] == 44
    assert result.test_interactions["cold"] == len(cold.pairs)
    for name, matrix in scores.items():
        for group, held_out in (("all", everything), ("cold", cold)):
            measured = result.models[name][group]
            for metric, value in means(naive, matrix, held_out).items():
                assert measured[metric] == pytest.approx(value)
    assert "each held-out item (44 interactions of 6 users)" in result.protocol


def test_tables_have_a_twin_without_variants(
    made_run, uneven_dir, evaluated, monkeypatch
):
    monkeypatch.setattr(module, "load_products", lambda _: np.arange(82) // 4)
    _, whole = evaluated
    options = EvaluationConfig(baselines=ANY_USER)
    result = evaluate(made_run(uneven_dir), options)
    pairs = result.test_interactions
    assert 0 < pairs["all_without_variants"] < pairs["all"]
    for name, groups in whole.models.items():
        assert result.models[name]["all"] == groups["all"]
        twin = result.models[name]["all_without_variants"]
        assert set(twin) == set(groups["all"])
        assert twin["auc"] != groups["all"]["auc"]
    assert "all_without_variants" in result.comparison.groups
    assert "; without variants: items of one product" in result.protocol


def test_ranks_have_a_row_for_each_pair(evaluated, uneven_dir, uneven_splits):
    run, _ = evaluated
    ids = load_interactions(uneven_dir)
    scores = USER_VECTORS @ ITEM_VECTORS.T
    pairs = np.concatenate(list(uneven_splits.values()))
    rows = []
    for user, item in sorted(map(tuple, uneven_splits["test"])):
        others = np.delete(scores[user], pairs[pairs[:, 0] == user, 1])
        rows.append(
            {
                "user_id": ids.user_ids[user],
                "item_id": ids.item_ids[item],
                "rank": int(1 + np.sum(others >= scores[user, item])),
                "num_candidates": len(others) + 1,
            }
        )
    assert json_files.read_json_lines(run.run_dir, run_artifacts.RANKS) == rows


def test_the_page_holds_figures_users_neighbors_and_a_map(evaluated):
    run, result = evaluated
    with open(
        paths.join(run.run_dir, run_artifacts.PAGE), encoding="utf-8"
    ) as file:
        page = file.read()
    assert f">{result.models[TWO_TOWER]['all']['auc']:.4f} <small>±" in page
    for words in ("Highest AUC", "Median AUC", "Lowest AUC"):
        assert page.count(words) == 1
    assert page.count('<div class="user">') == 3 * 2
    assert page.count('<div class="neighbors">') == 8
    assert "AUC_100" in page
    assert f">{result.verdict}<" in page.replace("&#39;", "'")
    # Only our models are marked as ours, in the tables and in the charts.
    ours = set(result.models) & set(OURS)
    assert set(re.findall(r'class="ours"><td title="(\w+)"', page)) == ours
    rows = re.findall(r'<div class="row ours"><span>(.*?)</span>', page)
    assert set(map(html.unescape, rows)) == set(map(name_of, ours))
    # All of it stands in the page itself.
    sources = re.findall(r'(?:src|href)="(.{0,22})', page)
    assert len(sources) > 8 * 11
    assert all(
        source.startswith(("data:image/jpeg;base64", "#")) for source in sources
    )
    # Random lists cover most of the catalog, which is no merit.
    coverage = {
        name: of["all"]["coverage@10"] for name, of in result.models.items()
    }
    assert max(coverage, key=coverage.get) == "random"
    row = page[page.index('<td title="random">') :].partition("</tr>")[0]
    assert 'class="best"' not in row


def test_a_group_of_the_same_pairs_is_named_once(
    made_run, resplit, uneven_splits, monkeypatch
):
    """Nobody takes a test item in training: one group, and its twin."""
    train, test = uneven_splits["train"], uneven_splits["test"]
    train = train[~np.isin(train[:, 1], test[:, 1])]
    run = made_run(resplit(**{**uneven_splits, "train": train}))
    monkeypatch.setattr(module, "render", html_report.render)
    result = evaluate(run)
    names = ["all", f"all{SUFFIX}"]
    assert list(result.num_users) == list(result.models[TWO_TOWER]) == names
    assert list(result.comparison.groups) == names
    slices = dict.fromkeys(names, ["cold", "unseen"])
    assert result.identical_slices == slices
    for name in (run_artifacts.PAGE, run_artifacts.TABLES):
        text = pathlib.Path(run.run_dir, name).read_text()
        assert text.count("; every item is cold and unseen") == len(names)
    assert json_files.read_json(run.run_dir, run_artifacts.METRICS) == (
        dataclasses.asdict(result)
    )


def test_the_tables_are_there_to_be_pasted(evaluated):
    run, result = evaluated
    with open(
        paths.join(run.run_dir, run_artifacts.TABLES), encoding="utf-8"
    ) as file:
        text = file.read()
    for model in result.models:
        assert f"| {model} | {result.models[model]['all']['auc']:.4f} ±" in text
    assert result.protocol in text


def test_the_baselines_may_be_others(made_run, uneven_dir, monkeypatch):
    run = made_run(uneven_dir)
    oracle = np.zeros((8, 82))
    oracle[tuple(load_interactions(uneven_dir).test.T)] = 1
    made = {
        "item_knn": lambda users: oracle[users],
        "bpr_mf": lambda users: np.zeros((len(users), 82)),
    }
    monkeypatch.setattr(
        module,
        "fit_baselines",
        lambda names, *_: (
            {name: made[name] for name in names},
            dict.fromkeys(names, 1.5),
        ),
    )
    both = "item_knn,bpr_mf"
    result = evaluate(run, EvaluationConfig(baselines=both))
    assert list(result.models) == ["item_knn", "bpr_mf", TWO_TOWER, FOLD_IN]
    assert result.models["item_knn"]["all"]["auc"] == 1
    # Tested against the best of them, unless it is named.
    assert result.comparison.baseline == "item_knn"
    assert result.comparison.groups["all"]["auc"]["difference"] < 0
    named = evaluate(
        run, EvaluationConfig(baselines=both, reference_baseline="bpr_mf")
    ).comparison
    assert named.baseline == "bpr_mf"
    assert named.groups["all"]["auc"]["difference"] > 0
    assert evaluate(run, EvaluationConfig(baselines="none")).comparison is None


def test_baselines_are_fitted_to_the_data_of_the_run(
    made_run, uneven_dir, monkeypatch
):
    monkeypatch.setattr(fitting, "EPOCHS", 2)
    names = "popularity,ease,vis_rank,deep_style"
    result = evaluate(made_run(uneven_dir), EvaluationConfig(baselines=names))
    aucs = {
        name: result.models[name]["all"]["auc"] for name in names.split(",")
    }
    assert len(set(aucs.values())) == 4
    assert all(0 < auc < 1 for auc in aucs.values())
    # A run that recorded no time has none in the tables, not 0.
    assert set(result.cpu_minutes) == set(aucs)
    # Both look at the features, which took longer than the counting.
    assert result.cpu_minutes["vis_rank"] > result.cpu_minutes["popularity"] > 0
    assert set(result.rivals) == {"popularity", "ease", "vis_rank"}
    for name, tests in result.rivals.items():
        difference = result.models[TWO_TOWER]["all"]["auc"] - aucs[name]
        assert tests["auc"]["difference"] == pytest.approx(difference)


def test_features_that_a_run_kept_are_not_computed_again(
    made_run, uneven_dir, monkeypatch
):
    run = made_run(uneven_dir)
    network = fit_baselines.FEATURES_OF
    config = dataclasses.replace(run.config, backbone=network)
    run = dataclasses.replace(run, config=config)
    monkeypatch.setattr(pretrained_features, "PRETRAINED", {network})
    kept = pretrained_features.ImageFeatures(ITEM_VECTORS, cpu_seconds=60.0)
    pretrained_features.write_features(run, kept)
    monkeypatch.setattr(fit_baselines, "map_catalog", None)
    trained = module.load_recommender(run)
    scorers, minutes = fit_baselines.fit_baselines(["vis_rank"], run, trained)
    expected = fit_vis_rank(BaselineData(trained.interactions, ITEM_VECTORS))
    users = np.arange(8)
    np.testing.assert_array_equal(scorers["vis_rank"](users), expected(users))
    # Their time counts, as if they had been computed.
    assert minutes["vis_rank"] > 1


def test_held_out_users_are_ranked_for_by_what_they_gave(
    made_run, uneven_dir, naive
):
    run = made_run(uneven_dir, new_share=0.4)
    result = evaluate(run)
    everybody = load_interactions(uneven_dir)
    rest, held_out_users = hold_out_users(everybody, 0.4, seed=1)
    assert len(rest.user_ids) == 5
    held_out = HeldOut(
        held_out_users.held_out_items,
        tf.ragged.boolean_mask(
            everybody.interacted,
            [item_id not in rest.user_ids for item_id in everybody.user_ids],
        ),
        held_out_users.fold_in_items,
        82,
    )
    sums = tf.reduce_sum(
        tf.gather(ITEM_VECTORS, held_out_users.fold_in_items), axis=1
    )
    numbers = (
        held_out_users.fold_in_items.row_lengths().numpy().astype(np.float32)
    )
    user_vectors = np.asarray(fit_fold_in(ITEM_VECTORS)(sums, numbers))
    expected = means(naive, user_vectors @ ITEM_VECTORS.T, held_out)
    measured = result.models[TWO_TOWER]["held_out_users"]
    for metric, value in expected.items():
        assert measured[metric] == pytest.approx(value), metric


def test_only_items_with_an_interaction_may_be_ranked(
    made_run, resplit, uneven_splits
):
    splits = {
        name: pairs[pairs[:, 0] != 5] for name, pairs in uneven_splits.items()
    }
    # Of user 5, who took nearly everything, only this is left.
    splits["train"] = np.append(splits["train"], [[5, 0]], axis=0)
    run = made_run(resplit(**splits))
    interacted = np.unique(np.concatenate(list(splits.values()))[:, 1])
    assert len(interacted) < 82
    everything = evaluate(run)
    rows = json_files.read_json_lines(run.run_dir, run_artifacts.RANKS)
    result = evaluate(run, EvaluationConfig(candidates="interacted"))
    fewer = json_files.read_json_lines(run.run_dir, run_artifacts.RANKS)
    assert {
        before["num_candidates"] - after["num_candidates"]
        for before, after in zip(rows, fewer, strict=True)
    } == {82 - len(interacted)}
    assert "all items with an interaction, minus those" in result.protocol
    assert result.models[TWO_TOWER] != everything.models[TWO_TOWER]


def test_a_user_of_every_candidate_is_one_sentence(made_run, uneven_dir):
    run = made_run(uneven_dir)
    with pytest.raises(UserError, match="leaves 80 items, and one user has"):
        evaluate(run, EvaluationConfig(candidates="interacted"))


def test_ties_and_lengths_are_as_the_options_say(
    evaluated, made_run, uneven_dir
):
    _, strict = evaluated
    half = evaluate(made_run(uneven_dir), EvaluationConfig(k=4, ties="half"))
    assert (
        half.models[TWO_TOWER]["all"]["auc"]
        == strict.models[TWO_TOWER]["all"]["auc"]
    )
    popularity = (
        evaluation.models["popularity"]["all"]["auc"]
        for evaluation in (half, strict)
    )
    assert next(popularity) > next(popularity)
    names = "hr recall ndcg mrr coverage novelty diversity"
    assert {
        name.removesuffix("@4")
        for name in half.models[TWO_TOWER]["all"]
        if name.endswith("@4")
    } == set(names.split(" "))
    assert "ties count half in the AUC" in half.protocol


def test_data_without_test_items_are_one_sentence(
    made_run, resplit, uneven_splits
):
    run = made_run(resplit(**{**uneven_splits, "test": np.empty((0, 2))}))
    with pytest.raises(UserError, match="holds out no test item") as error:
        evaluate(run)
    assert run.data_dir in str(error.value)
    assert not json_files.exists(run.run_dir, run_artifacts.METRICS)


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--k=0", "--k must be at least 1, got 0"),
        (
            "--reference_baseline=fm",
            "--reference_baseline fm with --baselines random,popularity,ease",
        ),
        ("--baselines=luck", "warp_mf, ials, lightgcn"),
    ],
)
def test_options_that_cannot_be_are_one_sentence(
    made_run, uneven_dir, flag, words
):
    run = made_run(uneven_dir)
    with pytest.raises(UserError, match=re.escape(words)):
        task.main(["evaluate", f"--run_dir={run.run_dir}", flag])


@pytest.mark.parametrize(
    ("worse", "lead"),
    [
        (False, "next: "),
        (
            True,
            "next: what the first sentence advises; to publish the model all "
            "the same: ",
        ),
    ],
)
def test_the_command_says_what_it_found_and_what_is_next(
    made_run, uneven_dir, capsys, monkeypatch, worse, lead
):
    run = made_run(uneven_dir)
    monkeypatch.setattr(cli, "is_worse", lambda *_: worse)
    task.main(["evaluate", f"--run_dir={run.run_dir}", "--k=5"])
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == (
        f"{lead}python -m export.task recommender --run_dir {run.run_dir} "
        f"--model_dir {os.path.dirname(run.run_dir)}/models/recommender"
    )
    assert max(map(len, lines[:-1])) <= 80
    verdict, _, tables = "\n".join(lines).partition("\n\n")
    metrics = json_files.read_json(run.run_dir, run_artifacts.METRICS)
    assert " ".join(verdict.split()) == metrics["verdict"]
    assert tables.startswith("all: 44 held-out items of 6 users\n")
    assert any(f"{TWO_TOWER} minus " in line for line in lines)
