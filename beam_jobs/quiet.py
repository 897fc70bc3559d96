"""Imported first by the commands: keeps other libraries' chatter off screen."""

import logging
import warnings

logging.getLogger().setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=FutureWarning, module="google")
