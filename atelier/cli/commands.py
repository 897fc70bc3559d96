"""All commands of all packages, and their text for messages."""

import os
import shlex
import sys
from typing import NamedTuple

SCRIPT = "atelier"
"""Name of the console script."""


class Command(NamedTuple):
    """Command of one package.

    Attributes:
        module: Module to run.
        arguments: First arguments of the module: the subcommand.
        help: Purpose of the command, one line.
    """

    module: str
    arguments: tuple[str, ...]
    help: str


def _of(module: str, text: str, *arguments: str) -> Command:
    return Command(module, arguments, text)


COMMANDS = {
    "init": _of("beam_jobs.init", "guess the columns of exports in a folder"),
    "prepare": _of("beam_jobs.prepare", "build a data set from tables, images"),
    "validate": _of("beam_jobs.validate", "report statistics and anomalies"),
    "train recommender": _of(
        "trainer.task", "train the two-tower recommender", "recommender"
    ),
    "train gan": _of("trainer.task", "train the conditional GAN", "gan"),
    "pretrain": _of(
        "trainer.task", "train a backbone on item attributes", "pretrain"
    ),
    "tune": _of("trainer.task", "search for the best flags", "tune"),
    "evaluate recommender": _of(
        "trainer.task", "measure a recommender beside baselines", "evaluate"
    ),
    "evaluate gan": _of(
        "trainer.task", "measure the generated images", "evaluate-gan"
    ),
    "design": _of("trainer.task", "design items for one user", "design"),
    "compare-designs": _of(
        "trainer.task", "measure designs of many users", "compare-designs"
    ),
    "rate-designs": _of(
        "trainer.task", "score designs by people's choices", "rate-designs"
    ),
    "gate": _of("export.task", "check metrics before publishing", "gate"),
    "export recommender": _of(
        "export.task", "publish a recommender as a SavedModel", "recommender"
    ),
    "export designer": _of(
        "export.task", "publish a designer as a SavedModel", "designer"
    ),
    "refresh-items": _of(
        "export.task", "replace the items, without training", "refresh-items"
    ),
    "set-availability": _of(
        "export.task", "recommend items in stock only", "set-availability"
    ),
    "set-boosts": _of("export.task", "boost, pin or bury items", "set-boosts"),
    "rollback": _of("export.task", "serve an older version again", "rollback"),
    "embed": _of("beam_jobs.embed", "write embeddings of items and users"),
    "serve": _of("serving.local_server", "serve models without TF Serving"),
    "studio": _of("serving.studio", "open the web page of the models"),
    "client": _of("serving.client", "send a request to a server"),
    "report": _of("serving.report", "write an HTML page of recommendations"),
    "ab-report": _of("serving.ab_report", "compare version labels by likes"),
    "configure": _of("serving.ops.configure", "write TF Serving's settings"),
    "loadtest": _of("serving.ops.loadtest", "measure a server under load"),
}
"""Commands by their words, in the order in which a project needs them."""


def command_text(name: str, *arguments: str) -> str:
    """Returns a command as text to paste into a shell, in the user's form.

    Args:
        name: Key of `COMMANDS`.
        *arguments: Flags and other arguments.

    Example:
        command_text("train gan", "--run_dir", "runs/gan")
        # atelier train gan --run_dir runs/gan, or, if the user did not call the
        # console script: python -m trainer.task gan --run_dir runs/gan
    """
    program = os.path.basename("".join(sys.orig_argv[1:2]))
    command = COMMANDS[name]
    words = ["python", "-m", command.module, *command.arguments]
    if program == SCRIPT:
        words = [SCRIPT, *name.split()]
    return shlex.join([*words, *arguments])
