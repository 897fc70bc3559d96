"""Help texts and choices of flags that several trainers have.

The names of networks and losses are repeated in configurations, because their
modules import Keras and a command checks its flags before; tests compare them.
"""

BACKBONES = ("cnn_f", "efficientnet_lite0", "small")
"""Names of the built-in backbones."""

MAX_STEPS = "maximum number of training steps, may end mid-epoch; 0: no limit"
"""Help text of the flag `--max_steps`."""

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Dtype policies of Keras, by the name that `--precision` takes."""
