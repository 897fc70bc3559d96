"""Console script `atelier`: all commands of all packages under one name.

`atelier train recommender` is short for `python -m trainer.task recommender`.
`main` runs the module with `runpy` instead of importing it. A module sets the
log level of TensorFlow only when it runs as `__main__`, and TensorFlow reads
that level on import.
"""

import difflib
import runpy
import sys

from atelier.cli.broken_pipe import quiet_broken_pipe
from atelier.cli.commands import COMMANDS


def main() -> None:
    """Runs the command that `sys.argv` names."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        with quiet_broken_pipe():
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
