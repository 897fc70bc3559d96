"""File names of the artifacts of a training run, for other packages."""

RUN = "run.json"
"""Configuration of the run, and the data set that it was trained on."""
LAST_CHECKPOINTS = "checkpoints"
"""Folder of the checkpoints that training resumes from."""
BEST_CHECKPOINT = "best"
"""Folder of the checkpoint of the best epoch."""
CHECKPOINTS = (LAST_CHECKPOINTS, BEST_CHECKPOINT)
"""Folders of checkpoints, in the order in which training looks for one."""
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
GAN_METRICS = "gan_metrics.json"
"""Metrics of a GAN's images, written by `trainer.task evaluate-gan`."""
GAN_TABLE = "gan_metrics.md"
"""Metrics of a GAN's images as Markdown tables."""
OF_EVALUATION = (METRICS, RANKS, TABLES, PAGE, MODEL_CARD)
"""Evaluation artifacts, which are outdated after further training."""
