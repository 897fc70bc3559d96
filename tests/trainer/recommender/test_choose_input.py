"""The choice between a catalog in memory and a stream of triples."""

import logging
from types import SimpleNamespace

import pytest

from trainer.recommender import choose_input
from trainer.recommender.config import RecommenderConfig

HYBRID = {
    "user_tower": "history",
    "positives_per_image": 1,
    "negatives": "mixed",
}


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A machine of 8 GB."""
    monkeypatch.setattr(choose_input, "_machine_memory", lambda: 8 * 10**9)


def manifest(num_items):
    return SimpleNamespace(counts={"items": num_items}, image_size=64)


@pytest.mark.parametrize(
    ("num_items", "values", "chosen", "words"),
    [
        (10**6, {}, "stream", "need about 4.0 of 8.0 GB"),
        (900_000, {}, "memory", "need about 3.6 of 8.0 GB"),
        (10**6, HYBRID, "memory", "does without --user_tower, --positives"),
    ],
)
def test_auto_says_what_it_chose_and_why(
    num_items, values, chosen, words, caplog
):
    caplog.set_level(logging.INFO)
    config = RecommenderConfig(**values).settled(manifest(num_items), None)
    assert config.input == chosen
    assert f"--input auto chose {chosen}" in caplog.text
    assert words in caplog.text


@pytest.mark.parametrize("given", ["memory", "stream"])
def test_what_is_given_stays(given):
    config = RecommenderConfig(input=given)
    assert config.settled(manifest(10**7), None) is config


def test_a_run_stays_what_it_was_on_a_smaller_machine(monkeypatch):
    before = RecommenderConfig().settled(manifest(1000), None)
    monkeypatch.setattr(choose_input, "_machine_memory", lambda: 1000)
    assert RecommenderConfig().settled(manifest(1000), before) == before


def test_a_container_may_have_less_than_the_machine(monkeypatch, tmp_path):
    monkeypatch.undo()
    limit = tmp_path / "memory.max"
    limit.write_text("12345\n")
    monkeypatch.setattr(choose_input, "_LIMITS", ("missing", str(limit)))
    assert choose_input._machine_memory() == 12345
    limit.write_text("max\n")
    assert choose_input._machine_memory() > 10**8
