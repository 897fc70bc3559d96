"""Imported first by the commands: keeps Beam's chatter off the screen."""

import logging

logging.getLogger().setLevel(logging.CRITICAL)
