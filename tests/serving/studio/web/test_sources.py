"""Sources of the page: what it calls, what it may load, and its size."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from atelier.schema.signatures import SIGNATURES
from serving.studio.page_assets import MEDIA_TYPES
from serving.studio.page_assets import WEB

FILES = sorted(path for path in WEB.rglob("*") if path.is_file())
MODULES = [path for path in FILES if path.suffix == ".js"]
MAX_BYTES = 300_000


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Yields model, signature and names of the inputs of each call."""
    for path in MODULES:
        source = path.read_text()
        shared = re.search(
            r"function narrowing\(.*?return \{(.*?)\};", source, re.DOTALL
        )
        for model, signature, inputs in re.findall(
            r'predict\(\s*"(\w+)",\s*"(\w+)",\s*\{(.*?)\}[^\n]*\)',
            source,
            re.DOTALL,
        ):
            if shared and "narrowing(" in inputs:
                inputs += shared[1]
            yield model, signature, set(re.findall(r"(\w+): ", inputs))


def test_the_page_calls_signatures_that_exist() -> None:
    made = list(calls())
    for model, signature, inputs in made:
        expected = SIGNATURES[model][signature].inputs
        assert inputs == {tensor.name for tensor in expected}, signature
    text = "".join(path.read_text() for path in MODULES)
    assert len(made) == len(re.findall(r"(?<!function )predict\(", text))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_imports_name_files_of_the_page(path: Path) -> None:
    for name in re.findall(r'from "([^"]+)"', path.read_text()):
        assert name.startswith("."), "nothing from other hosts"
        assert (path.parent / name).is_file()


def test_nothing_is_inline() -> None:
    page = (WEB / "index.html").read_text()
    assert not re.search(r"<style|<script(?! .*src=)|\son\w+=|style=", page)
    for path in MODULES:
        script = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML", script)
        assert "eval(" not in script


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < MAX_BYTES
    assert {path.suffix for path in FILES} <= set(MEDIA_TYPES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_files_fit_on_some_screens(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 250
