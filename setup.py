"""Packages the rooms; each has an extra with what it needs.

`install_requires` stays empty: Dataflow stages this file to workers whose
container has the packages already.
"""

from setuptools import find_packages
from setuptools import setup

ROOMS = ("beam_jobs", "export", "records", "serving", "trainer")

EXTRAS = {
    "beam": [
        "apache-beam",
        "google-crc32c",
        "numpy",
        "pillow",
        "pyarrow",
        "pyarrow_hotfix",
        "tensorflow",
        "tqdm",
        "urllib3",
    ],
    "validate": ["dill", "jinja2", "tensorflow-data-validation"],
    "trainer": [
        "jinja2",
        "keras>=3.15",
        "numpy",
        "pillow",
        "scikit-learn",
        "scipy",
        "tensorboard",
        "tensorflow",
        "threadpoolctl",
        "tqdm",
    ],
    "baselines": ["implicit"],
    "search": ["optuna"],
    "export": [
        "keras>=3.15",
        "numpy",
        "pyarrow",
        "pyarrow_hotfix",
        "scikit-learn",
        "tensorflow",
    ],
    "client": ["grpcio", "numpy", "protobuf", "urllib3>=2.3"],
    "serving": [
        "grpcio",
        "grpcio-health-checking",
        "numpy",
        "protobuf",
        "tensorflow",
        "tensorflow-serving-api",
        "urllib3>=2.3",
    ],
    "report": ["jinja2", "matplotlib"],
    "benchmarks": ["tensorflow-recommenders", "tf-keras"],
    "test": [
        "cryptography",
        "hypothesis",
        "mypy",
        "pytest",
        "pytest-xdist",
        "pyyaml",
        "ruff",
    ],
}

setup(
    name="atelier",
    version="0.1.0",
    description="Fashion recommendations and designs learned from pixels",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=[*ROOMS, *(f"{room}.*" for room in ROOMS)]),
    package_data={
        "beam_jobs.validation": ["schemas/*.pbtxt", "templates/*.html"],
        "export": ["registered_ops.txt"],
        "serving": ["web/*"],
        "serving.reporting": ["templates/*.html"],
        "trainer.backbones": ["weights/*"],
        "trainer.evaluation": ["templates/*"],
    },
    extras_require={
        **EXTRAS,
        "all": sorted({one for extra in EXTRAS.values() for one in extra}),
    },
)
