"""Chart of the latency of a load test."""

from pathlib import Path

import matplotlib
import numpy as np

from serving.ops.load_generator import Load

matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402


def draw_load(load: Load, path: Path, p99_ms: float | None = None) -> None:
    """Writes a chart: latency of each call over time, and its distribution.

    Args:
        load: Results of the calls.
        path: Output file; the extension selects the format, such as .png.
        p99_ms: Latency objective in milliseconds, drawn as a line; None for no
            line.
    """
    ok = np.array(load.codes) == "OK"
    latency = load.latency * 1000
    figure, (over_time, percentiles) = plt.subplots(
        1, 2, figsize=(10, 3.5), layout="constrained", sharey=True
    )
    over_time.scatter(load.due[ok], latency[ok], s=4, label="answered")
    over_time.scatter(
        load.due[~ok], latency[~ok], s=12, marker="x", c="red", label="failed"
    )
    over_time.set(
        xlabel="seconds", ylabel="milliseconds", yscale="log", title="calls"
    )
    over_time.legend(loc="upper right", markerscale=2)
    percent = 100 * np.arange(1, ok.sum() + 1) / len(ok)
    percentiles.plot(percent, np.sort(latency[ok]))
    percentiles.set(xlabel="% of calls", title="latency by percentile")
    if p99_ms is not None:
        for axes in (over_time, percentiles):
            axes.axhline(p99_ms, c="grey", ls="--")
        percentiles.axvline(99, c="grey", ls="--")
    figure.savefig(path, dpi=120)
    plt.close(figure)
