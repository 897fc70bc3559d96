"""Workflows of GitHub: package sets that fit their runners, make targets only.

`make lint-deployment` checks them against GitHub's schema.
"""

import importlib.util
import pathlib

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GLIBC = {"ubuntu-22.04": (2, 35), "ubuntu-24.04": (2, 39)}
SPEC = importlib.util.spec_from_file_location(
    "select_constraints", ROOT / "constraints" / "select_constraints.py"
)
selection = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(selection)


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return yaml.safe_load(request.param.read_text())


def test_steps_are_pinned_actions_or_make_targets(workflow):
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            command = step.get("run", "make ").removeprefix("sudo ")
            assert command.startswith(("make ", "apt-get "))
            assert step.get("uses", "actions/x@v1").startswith("actions/")
            assert "@v" in step.get("uses", "@v")


def test_permissions_are_read_only(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())


def test_each_set_is_tested_where_it_is_selected(workflow):
    rows = [
        row
        for job in workflow["jobs"].values()
        for row in job.get("strategy", {}).get("matrix", {}).get("include", ())
    ]

    assert rows
    for row in rows:
        python = tuple(map(int, row["python"].split(".")))
        glibc = GLIBC[row["system"]]
        selected = selection.select_constraints(
            "Linux", "x86_64", python, glibc
        )
        # Both sets for Python 3.11 on older glibc, whichever is the default.
        if selected in ("debian12-py311", "current-py311"):
            assert row["set"] in ("debian12-py311", "current-py311")
        else:
            assert row["set"] == selected
