"""Model card of a run: intended use, training data, metrics and limitations.

Source: Mitchell et al., "Model cards for model reporting", FAT* 2019; the
sections that can be filled in automatically.
"""

import dataclasses
from typing import Any

import jinja2

from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from trainer.evaluation import format_tables
from trainer.evaluation.results import Evaluation
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


def model_card(run: Run, evaluation: Evaluation) -> str:
    """Returns the model card, as Markdown.

    Args:
        run: The run.
        evaluation: Metrics of the run and its baselines.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trainer.evaluation"),
        autoescape=False,  # Markdown, not HTML.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template(run_artifacts.MODEL_CARD)
    return template.render(
        run=run,
        manifest=Manifest.read(run.data_dir),
        settings=_changed(run.config),
        tables=format_tables.markdown(evaluation),
    )


def _changed(config: RecommenderConfig) -> dict[str, Any]:
    """Returns the options that differ from the defaults."""
    defaults = dataclasses.asdict(RecommenderConfig())
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if value != defaults[name]
    }
