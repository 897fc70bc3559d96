"""Imported first by the commands: keeps Beam's chatter off the screen."""

import logging

logging.getLogger().setLevel(logging.ERROR)
# What a worker raises is told in a sentence, see `run_pipeline`.
logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
