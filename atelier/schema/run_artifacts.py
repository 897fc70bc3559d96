"""File names of the artifacts of a training run, for other packages."""

HISTORY = "history.jsonl"
"""Metrics per epoch, one JSON object per line."""
METRICS = "metrics.json"
"""Test metrics of every model, written by `trainer.task evaluate`."""
RANKS = "ranks.jsonl"
"""Rank of each test item, one JSON object per line.

Keys: user_id, item_id, rank, and num_candidates, the number of ranked items.
"""
TABLES = "evaluation.md"
"""Test metrics as Markdown tables."""
PAGE = "evaluation.html"
"""Test metrics as an HTML page with images."""
MODEL_CARD = "model_card.md"
"""Model card: description, training data and test metrics."""
DESIGNS = "designs.json"
"""Generated designs of a user, with scores and comparable real items."""
OF_EVALUATION = (METRICS, RANKS, TABLES, PAGE, MODEL_CARD)
"""Evaluation artifacts, which are outdated after further training."""
