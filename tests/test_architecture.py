"""Imports between packages, and between those of `trainer/`, go one way."""

import ast
import graphlib
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
ALLOWED = {
    "atelier": set(),
    "beam_jobs": {"atelier"},
    "trainer": {"atelier"},
    "export": {"atelier", "trainer"},
    "serving": {"atelier"},
    "pipelines": set(),
}
"""Packages that each package may import."""
LAYERS = (
    {"data"},
    {"models"},
    {"metrics"},
    {"training"},
    {"attribute_pretraining", "baselines", "gan", "recommender"},
    {"evaluation", "tuning"},
    {"design"},
    {"task"},
)
"""Packages of `trainer/`: each may import those of the layers before it."""
BACKEND_NEUTRAL = tuple(
    f"trainer.models.{package}."
    for package in (
        "backbones",
        "composition",
        "gan",
        "layers",
        "losses",
        "towers",
    )
)
"""Packages that know Keras, and no backend of it."""
NOT_NEUTRAL = {
    "trainer.models.composition.cut",
    "trainer.models.composition.main_color",
    "trainer.models.composition.masked_filter",
    "trainer.models.composition.matte",
    "trainer.models.composition.recolor",
    "trainer.models.gan.ema",
    "trainer.models.layers.embedding_table",
    "trainer.models.layers.partitioned_table",
    "trainer.models.towers.content_encoder",
}
"""Modules that cut garments out of photos of any size in a served graph,
average weights under `tf.distribute`, read rows of variables, or strings."""
PROGRAMS = {"trainer.tuning.trial_main"}
"""Modules that only run in a process of their own, as commands do."""


def modules():
    """Returns the path of each module, by its dotted name."""
    found = {}
    for package in ALLOWED:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imported(path):
    """Returns the names of our modules that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                names.add(submodule if submodule in MODULES else node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name for name in names if name in MODULES}


IMPORTS = {name: imported(path) for name, path in MODULES.items()}


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_the_allowed_packages(package):
    for name, others in IMPORTS.items():
        if name.partition(".")[0] == package:
            packages = {other.partition(".")[0] for other in others}
            assert packages <= ALLOWED[package] | {package}, name


def test_every_package_of_the_trainer_has_a_layer():
    known = set().union(*LAYERS)
    assert known == {
        name.split(".")[1] for name in MODULES if name.startswith("trainer.")
    }


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in MODULES
        if name.startswith("trainer.") and name not in PROGRAMS
    ),
)
def test_a_trainer_module_imports_lower_layers(name):
    layer_of = {
        package: number
        for number, packages in enumerate(LAYERS)
        for package in packages
    }
    own = name.split(".")[1]
    for other in IMPORTS[name]:
        package = other.split(".")[1] if "." in other else own
        if other.startswith("trainer.") and package != own:
            assert layer_of[package] < layer_of[own], other


def test_no_module_imports_itself_in_a_circle():
    graphlib.TopologicalSorter(IMPORTS).prepare()


def test_segmentation_alone_brings_keras_into_atelier():
    for name, path in MODULES.items():
        if re.search(r"^(import|from) keras", path.read_text(), re.MULTILINE):
            assert not name.startswith("atelier.") or "segmentation" in name


def test_init_starts_without_tensorflow():
    """Its import takes twice as long as all the rest of the command."""
    reached, left = set(), {"beam_jobs.init.cli"}
    while left:
        name = left.pop()
        reached.add(name)
        left |= IMPORTS[name] - reached
        code = MODULES[name].read_text()
        assert not re.search("^(import|from) tensorflow", code, re.M), name


def test_layers_and_losses_know_no_backend():
    for name, path in MODULES.items():
        if name.startswith(BACKEND_NEUTRAL) and name not in NOT_NEUTRAL:
            assert "import tensorflow" not in path.read_text(), name
