"""The contract of what is on disk; needs TensorFlow, neither Keras nor Beam.

Every room imports this package before TensorFlow, so what TensorFlow must find
in its environment is set here.
"""

import os
import warnings

# TensorFlow Recommenders wants the old Keras behind `tf.keras`; our own code
# says `import keras`, which stays Keras 3.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
# Its log tells of missing GPUs; errors that matter arrive as exceptions.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Google's packages warn of Python versions that are years from their end.
warnings.filterwarnings("ignore", category=FutureWarning, module="google")
