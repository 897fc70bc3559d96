"""The model card of a run: what it is, what it rests on, what it is worth.

Source: the sections of Mitchell et al., "Model cards for model reporting",
FAT* 2019, as far as a program can know them.
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
    """Returns the card, as Markdown.

    Args:
        run: The run.
        evaluation: What was measured.
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
    """Returns the values of a configuration that are not the defaults."""
    defaults = dataclasses.asdict(RecommenderConfig())
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if value != defaults[name]
    }
