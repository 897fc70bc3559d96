"""Log level of TensorFlow; set by commands only, never by library code."""

import os
import warnings


def quiet_tensorflow() -> None:
    """Silences TensorFlow's log, for example warnings about missing GPUs.

    Keeps a `TF_CPP_MIN_LOG_LEVEL` that the user has set. Must be called before
    TensorFlow is imported. Errors still arrive as exceptions.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow imports installed Google packages, which warn about Python
    # versions years before their end of support.
    warnings.filterwarnings("ignore", category=FutureWarning, module="google")
