"""Console scripts: `atelier-train` runs what `python -m trainer.task` runs.

The module is run, not imported: TensorFlow reads its log level when it is
imported, and the modules set it before, where they are run as commands.
"""

import pathlib
import runpy
import sys

COMMANDS = {
    "atelier-client": "serving.client",
    "atelier-configure": "serving.ops.configure",
    "atelier-embed": "beam_jobs.embed",
    "atelier-export": "export.task",
    "atelier-loadtest": "serving.ops.loadtest",
    "atelier-prepare": "beam_jobs.prepare",
    "atelier-report": "serving.report",
    "atelier-server": "serving.local_server",
    "atelier-train": "trainer.task",
    "atelier-validate": "beam_jobs.validate",
}
"""Module of each script."""


def main() -> None:
    """Run the module of the script that was called."""
    module = COMMANDS[pathlib.Path(sys.argv[0]).stem]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
