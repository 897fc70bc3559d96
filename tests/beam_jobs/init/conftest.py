"""Exports of shops, made once, and the file that `init` writes for each."""

import contextlib
import io
import os

import pytest
import yaml

from beam_jobs.init import cli
from tests.fixtures import exports


@pytest.fixture(scope="session")
def shops(build_once):
    """A folder with one folder per export, photos of URLs beside them."""

    def write(folder):
        for name, make in exports.EXPORTS.items():
            (folder / name).mkdir()
            make(folder / name, "http://127.0.0.1:9")

    return build_once("shops", write)


@pytest.fixture(scope="session")
def init():
    """Runs `init` in a folder; returns (values, text of the file, output)."""

    def init(parent, name, *flags):
        said = io.StringIO()
        out = parent / f"{name}.yaml"
        with (
            contextlib.chdir(parent),
            contextlib.redirect_stdout(said),
        ):
            cli.main([f"{name}/", *flags])
        text = out.read_text("utf-8")
        os.remove(out)
        return yaml.safe_load(text), text, said.getvalue()

    return init


@pytest.fixture(scope="session")
def guessed(shops, init):
    """Values, text and output of each export, by its name."""
    return {name: init(shops, name) for name in exports.EXPORTS}
