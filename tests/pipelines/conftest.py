"""A stand-in for the command `atelier`, which takes no time."""

import json
import pathlib

import pytest

STUB = pathlib.Path(__file__).with_name("atelier")


class Calls:
    """Calls of the stand-in, in order."""

    def __init__(self, log):
        self._log = log

    def words(self):
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [json.loads(line) for line in lines]

    def names(self):
        """Names of the commands; those of two words by the first."""
        return [words[0] for words in self.words()]

    def flags(self, name):
        """Flags of the last call of a command."""
        (*_, words) = (words for words in self.words() if words[0] == name)
        return [word for word in words if word.startswith("--")]


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """The calls of the stand-in, which comes first on the PATH."""
    monkeypatch.setenv("PATH", str(STUB.parent), prepend=":")
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "calls.jsonl"))
    return Calls(tmp_path / "calls.jsonl")
