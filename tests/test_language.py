"""Language of the source: see CONTRIBUTING.md."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = (
    "atelier",
    "beam_jobs",
    "trainer",
    "export",
    "serving",
    "pipelines",
)
FILES = [
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py")
]
ENTRY = re.compile(r" {4}\*{0,2}[\w, ]+: (.*)")
FRAGMENT = re.compile(
    r"(Of|What|How|As|Its|Who|Whose|Where|Which|Those|From|In|To|By)\b"
)
PRIVATE_WORDS = (
    "Exam",
    "Shelf",
    "Standing",
    "Studio",
    "Wish",
    "ask_version",
    "on_offer",
    "strangers",
    "taken_together",
    "who_took",
)
TERMS = (
    "EASE",
    "IVF",
    "cold-start",
    "exponential moving average",
    "fold-in",
    "k-core",
    "mode collapse",
    "preemption",
    "warm-up",
    "z-score",
)


def argument_entries(path):
    """Yields the descriptions of arguments and attributes in a module."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            section = None
            for line in (ast.get_docstring(node) or "").splitlines():
                if line and not line.startswith(" "):
                    section = line
                entry = ENTRY.fullmatch(line)
                if section in ("Args:", "Attributes:") and entry:
                    yield f"{node.name}: {entry[1]}"


@pytest.mark.parametrize("package", PACKAGES)
def test_arguments_are_described_by_noun_phrases(package):
    fragments = [
        (str(path), entry)
        for path in FILES
        if path.is_relative_to(ROOT / package)
        for entry in argument_entries(path)
        if FRAGMENT.match(entry.partition(": ")[2])
    ]
    assert not fragments


@pytest.mark.parametrize("word", PRIVATE_WORDS)
def test_a_private_word_is_gone(word):
    pattern = re.compile(rf"\b{word}\b")
    assert not [path for path in FILES if pattern.search(path.read_text())]


@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_the_field_is_found(term):
    assert any(term in path.read_text() for path in FILES)
