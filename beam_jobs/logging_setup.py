"""Log levels of Beam and TensorFlow for the commands.

`beam_jobs.options` sets the log level of workers in separate processes.
"""

import logging
import os

from atelier.cli.logging_setup import quiet_tensorflow


def quiet_beam() -> None:
    """Suppresses log messages of Beam, TensorFlow and Google's packages.

    Call it before any of them is imported.
    """
    quiet_tensorflow()
    logging.getLogger().setLevel(logging.ERROR)
    # `run_pipeline` reports worker exceptions in one line.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    # Workers import Google's packages before any module of this project.
    os.environ.setdefault(
        "PYTHONWARNINGS",
        "ignore::FutureWarning:google.api_core._python_version_support",
    )
