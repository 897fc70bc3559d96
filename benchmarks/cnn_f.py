"""Speed of CNN-F training steps from pixels, compared with PyTorch.

    python -m benchmarks.cnn_f

A step trains on pairs of a positive and a negative image in memory: CNN-F on
both, embeddings of dimension 100, the pairwise loss, gradients and Adam,
compiled. The same step runs in PyTorch if it is installed (`pip install
torch`). Both, and a large matrix product, run alternately in separate
processes. The matrix product gives the peak speed of the machine; an image
costs about three times the operations of its forward pass. The table shows
medians over the rounds.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import functools
import importlib
import importlib.util
import math
import statistics
from collections.abc import Callable
from typing import Any

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.timing import in_new_process
from benchmarks.timing import timed

EMBEDDING = 100
SIDE = 4096
"""Side of the matrices of the reference product."""
CONVOLUTIONS = (
    # Side of the output map at 224 pixels, kernel, channels in, channels out.
    (56, 11, 3, 64),
    (28, 5, 64, 256),
    (14, 3, 256, 256),
    (14, 3, 256, 256),
    (14, 3, 256, 256),
)
DENSE = ((7 * 7 * 256, 4096), (4096, 4096), (4096, EMBEDDING))
IMAGE_SIZE = 224
LEARNING_RATE = 1e-4

Step = Callable[[], Any]


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    pairs: int = option(64, "image pairs per step")
    steps: int = option(3, "steps per round after a warm-up")
    rounds: int = option(3, "rounds of all variants")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results; see `--help`."""
    args = _Flags.parse(argv, "python -m benchmarks.cnn_f", __doc__)
    frameworks = {"Keras": keras_step}
    if importlib.util.find_spec("torch"):
        frameworks["PyTorch"] = torch_step
    else:
        print("PyTorch is not installed and therefore skipped")
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(args.rounds):
        for precision in ("float32", "bfloat16"):
            makers = {"limit": product, **frameworks}
            for name, make in makers.items():
                median = in_new_process(
                    _time, make, args.pairs, precision, args.steps
                )
                seconds.setdefault((name, precision), []).append(median)
    _print(seconds, args.pairs)


def keras_step(pairs: int, precision: str) -> Step:
    """Returns a training step of the Keras network.

    Args:
        pairs: Number of image pairs.
        precision: Compute dtype, float32 or bfloat16; variables are float32.
    """
    import keras
    import tensorflow as tf

    from trainer.models.backbones.cnn_f import cnn_f

    keras.utils.set_random_seed(0)
    if precision != "float32":
        keras.config.set_dtype_policy(f"mixed_{precision}")
    features = cnn_f(IMAGE_SIZE)
    embed = keras.layers.Dense(EMBEDDING, use_bias=False)(features.output)
    tower = keras.Model(features.input, embed)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(tower.trainable_variables)
    shape = (2 * pairs, IMAGE_SIZE, IMAGE_SIZE, 3)
    photos = tf.random.uniform(shape, -1.0, 1.0)
    users = tf.random.normal((pairs, EMBEDDING))

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            positive, negative = tf.split(
                tf.cast(tower(photos, training=True), tf.float32), 2
            )
            scores = tf.reduce_sum(users * (positive - negative), axis=1)
            loss = tf.reduce_mean(tf.nn.softplus(-scores))
        variables = tower.trainable_variables
        gradients = tape.gradient(
            loss, [variable.value for variable in variables]
        )
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    return lambda: float(step())


def torch_step(pairs: int, precision: str) -> Step:
    """Returns a training step of the same network in PyTorch.

    Args:
        pairs: Number of image pairs.
        precision: Compute dtype, float32, or bfloat16 by PyTorch's autocast.
    """
    torch: Any = importlib.import_module("torch")
    nn = torch.nn
    torch.manual_seed(0)
    # Padding as by TensorFlow's SAME.
    layers: list[Any] = [nn.ZeroPad2d((3, 4, 3, 4))]
    for index, (_, kernel, into, out) in enumerate(CONVOLUTIONS):
        strides, padding = (1, kernel // 2) if index else (4, 0)
        layers += [nn.Conv2d(into, out, kernel, strides, padding), nn.ReLU()]
        if index in (0, 1, 4):
            layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    for into, out in DENSE[:-1]:
        layers += [nn.Linear(into, out), nn.ReLU(), nn.Dropout(0.5)]
    layers.append(nn.Linear(*DENSE[-1], bias=False))
    # On CPUs channels-last is PyTorch's faster memory layout.
    tower = nn.Sequential(*layers).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(tower.parameters(), LEARNING_RATE)
    photos = torch.rand(2 * pairs, 3, IMAGE_SIZE, IMAGE_SIZE) * 2 - 1
    photos = photos.to(memory_format=torch.channels_last)
    users = torch.randn(pairs, EMBEDDING)
    mixed = precision != "float32"

    def step() -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            positive, negative = tower(photos).float().chunk(2)
        scores = (users * (positive - negative)).sum(1)
        loss = nn.functional.softplus(-scores).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss)

    return step


def product(pairs: int, precision: str) -> Step:
    """Returns a product of two large matrices, the speed reference.

    Args:
        pairs: Not used; present for the common signature.
        precision: Dtype of the matrices.
    """
    import tensorflow as tf

    left, right = (
        tf.cast(tf.random.normal((SIDE, SIDE)), precision) for _ in range(2)
    )
    multiply = tf.function(functools.partial(tf.matmul, left, right))
    return lambda: multiply().numpy()


def operations_per_image() -> int:
    """Returns the additions and multiplications of a step per image.

    The sum covers the forward pass, the gradients of the layer inputs (except
    for the first layer) and the gradients of the weights.
    """
    layers = [
        side**2 * kernel**2 * into * out
        for side, kernel, into, out in CONVOLUTIONS
    ]
    layers += [math.prod(shape) for shape in DENSE]
    return 2 * (3 * sum(layers) - layers[0])


def _time(
    make: Callable[[int, str], Step], pairs: int, precision: str, steps: int
) -> float:
    """Returns the median seconds per step, after a first one."""
    step = make(pairs, precision)
    step()
    return statistics.median(timed(step) for _ in range(steps))


def _print(seconds: dict[tuple[str, str], list[float]], pairs: int) -> None:
    print(f"{'':10}{'':10}{'images/s':>10}{'fraction of peak':>20}")
    for (name, precision), medians in seconds.items():
        limit = 2 * SIDE**3 / statistics.median(seconds["limit", precision])
        if name == "limit":
            print(f"{name:10}{precision:10}{limit / 1e9:>10.0f} GFLOP/s")
            continue
        rate = 2 * pairs / statistics.median(medians)
        share = rate * operations_per_image() / limit
        print(f"{name:10}{precision:10}{rate:10.1f}{share:20.2f}")


if __name__ == "__main__":
    run_command(main)
