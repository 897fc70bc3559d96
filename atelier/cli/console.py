"""Console script `atelier`: all commands of all packages under one name.

`atelier train recommender` is short for `python -m trainer.task recommender`.
`main` runs the module with `runpy` instead of importing it. A module sets the
log level of TensorFlow only when it runs as `__main__`, and TensorFlow reads
that level on import.
"""

import difflib
import runpy
import sys
from typing import NamedTuple


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


def main() -> None:
    """Runs the command that `sys.argv` names."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        print(_usage())
        return
    for length in (2, 1):
        command = COMMANDS.get(" ".join(words[:length]))
        if command:
            sys.argv[1:] = [*command.arguments, *words[length:]]
            runpy.run_module(
                command.module, run_name="__main__", alter_sys=True
            )
            return
    sys.exit(_unknown(words))


def _usage() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:{width}}{one.help}" for name, one in COMMANDS.items()]
    return "\n".join(
        [
            "usage: atelier COMMAND [flags]",
            "",
            "commands:",
            *lines,
            "",
            "`atelier COMMAND --help` lists the flags, with examples.",
        ]
    )


def _unknown(words: list[str]) -> str:
    """Returns the error for words that are no command."""
    close = [name for name in COMMANDS if name.split()[0] == words[0]]
    close = close or difflib.get_close_matches(" ".join(words[:2]), COMMANDS)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    return (
        f"error: atelier has no command {' '.join(words[:2])!r}; {hint}"
        "`atelier --help` lists all"
    )
