"""Help texts and choices of flags that several trainers have.

The names of networks and losses are repeated in configurations, because their
modules import Keras and a command checks its flags before; tests compare them.
"""

BACKBONES = ("cnn_f", "efficientnet_lite0", "small")
"""Names of the built-in backbones."""

MAX_STEPS = "maximum number of training steps, may end mid-epoch; 0: no limit"
PATIENCE = "epochs without improvement after which training stops; 0: no limit"
"""Help text of the flag `--early_stopping_patience`."""
GLOBAL_CLIPNORM = (
    "maximum global norm of the gradients of a network; 0 for no clipping"
)
PRECISION = "compute dtype of networks in training; weights stay float32"
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Dtype policies of Keras, by the name that `--precision` takes."""
