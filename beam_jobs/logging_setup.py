"""Log levels of Beam and TensorFlow, for commands.

`beam_jobs.options` sets those of workers in processes of their own.
"""

import logging
import os

from atelier.cli.logging_setup import quiet_tensorflow


def quiet_beam() -> None:
    """Drop what Beam, TensorFlow and Google's packages log.

    Call it before any of them is imported.
    """
    quiet_tensorflow()
    logging.getLogger().setLevel(logging.ERROR)
    # `run_pipeline` reports what a worker raises in a sentence.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    # Workers import packages of Google before any module of ours.
    os.environ.setdefault(
        "PYTHONWARNINGS",
        "ignore::FutureWarning:google.api_core._python_version_support",
    )
