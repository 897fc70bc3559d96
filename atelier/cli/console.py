"""Console scripts: `atelier-train` is short for `python -m trainer.task`.

`main` runs the module with `runpy` instead of importing it. A module sets the
log level of TensorFlow only when it runs as `__main__`, and TensorFlow reads
that level on import.
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
"""Module that each console script runs, by script name."""


def main() -> None:
    """Runs the module of the console script in `sys.argv[0]`."""
    module = COMMANDS[pathlib.Path(sys.argv[0]).stem]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
