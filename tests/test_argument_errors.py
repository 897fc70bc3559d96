"""Errors in arguments are said before TensorFlow is imported, in seconds."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
SCRIPT = """
import pathlib
import sys

from atelier.cli.run_command import run_command
from export import task as export
from serving.ops import configure
from trainer import task as trainer

for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    program, *argv = line.split()
    main = {
        "trainer": trainer.main,
        "export": export.main,
        "configure": configure.main,
    }[program]
    try:
        run_command(lambda: main(argv))
    except SystemExit as error:
        print(error.code)
slow = {"keras", "sklearn", "tensorflow"} & set(sys.modules)
print("imported", sorted(slow))
"""
TRAINED = "--data_dir nowhere --run_dir runs/new"
RUNS = "--run_dir nowhere --gan_run_dir nowhere"
DESIGN = f"{RUNS} --out designs"
PUBLISHED = "--run_dir nowhere --model_dir models"
ERRORS = {
    f"trainer recommender {TRAINED}": "nowhere holds no manifest.json",
    f"trainer recommender {TRAINED} --epochs 0": "--epochs must be at least 1",
    f"trainer recommender {TRAINED} --config no.yaml": "--config no.yaml",
    f"trainer recommender {TRAINED} --weights no.npz": "--weights: there is no",
    f"trainer gan {TRAINED} --snapshot_every 60": "--snapshot_every 60 with "
    "--steps 50000 (the default): --steps must be a multiple",
    f"trainer gan {TRAINED} --preset paper --steps 60": "--steps 60 with "
    "--snapshot_every 1000 (the default)",
    f"trainer gan {TRAINED} --preset paper --snapshot_every 7": "with --steps "
    "312000 (of the preset paper): ",
    f"trainer pretrain {TRAINED}": "nowhere holds no manifest.json",
    f"trainer tune {TRAINED} --search epochs=1|2 --trials 0": "--trials must",
    "trainer evaluate --run_dir nowhere": "nowhere holds no run.json",
    "trainer evaluate --run_dir nowhere --baselines vpbr": "--baselines must",
    "trainer evaluate-gan --run_dir nowhere": "nowhere holds no run.json",
    f"trainer design {DESIGN}": "set either --user",
    f"trainer design {DESIGN} --user 3": "nowhere holds no run.json",
    f"trainer design {DESIGN} --user 3 --count 33": "--count 33 with "
    "--num_starts 32 (the default): ",
    f"trainer compare-designs {DESIGN} --num_users 1": "--num_users must be",
    f"export recommender {PUBLISHED}": "nowhere holds no run.json",
    f"export recommender {PUBLISHED} --top_k 0": "--top_k must be positive",
    f"export refresh-items {PUBLISHED} --data_dir x": "nowhere holds no run",
    f"export designer {RUNS} --model_dir m": "nowhere holds no run.json",
    "export set-availability --model_dir m --items no.csv": "--items: there is",
    "export set-boosts --model_dir m --boosts no.csv": "--boosts: there is no",
    "configure --model m=/m --out configs --tls_key k": "TLS needs both",
}


@pytest.mark.compat
def test_no_argument_error_imports_tensorflow(tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("\n".join(ERRORS))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(lines)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    *errors, imported = done.stdout.splitlines()
    for error, words in zip(errors, ERRORS.values(), strict=True):
        assert error.startswith("error: ")
        assert words in error
    assert imported == "imported []"
