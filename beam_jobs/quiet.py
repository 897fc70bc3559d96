"""Imported first by the commands: keeps Beam's chatter off the screen.

What workers in processes of their own log is for `options` to keep down.
"""

import logging
import os

logging.getLogger().setLevel(logging.ERROR)
# What a worker raises is told in a sentence, see `run_pipeline`.
logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
# Such workers import Google's packages, which warn of Python versions that
# are years from their end, before any module of ours.
os.environ.setdefault(
    "PYTHONWARNINGS",
    "ignore::FutureWarning:google.api_core._python_version_support",
)
