"""Log level of TensorFlow, for commands; a library leaves it to its user."""

import os
import warnings


def quiet_tensorflow() -> None:
    """Drop what TensorFlow logs, as of missing GPUs, unless the user set it.

    Call it before TensorFlow is imported. Errors arrive as exceptions.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # It imports packages of Google where they are installed, which warn of
    # Python versions that are years from their end.
    warnings.filterwarnings("ignore", category=FutureWarning, module="google")
