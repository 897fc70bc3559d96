import logging

import pytest

from atelier.cli.logging_setup import LEVEL
from atelier.cli.logging_setup import set_up_logging
from atelier.io.errors import UserError


@pytest.fixture(autouse=True)
def _levels():
    """Puts the levels back after the test."""
    names = ("atelier", "beam_jobs", "export", "serving", "trainer")
    levels = {
        name: logging.getLogger(name).level
        for name in (*names, "absl", "tensorflow")
    }
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, "note\nwarning: careful\nwarning: other\n"),
        ("WARNING", "warning: careful\nwarning: other\n"),
        ("ERROR", "warning: other\n"),
    ],
)
def test_messages_of_ours_are_shown_from_a_level_on(
    monkeypatch, capsys, level, expected
):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    if level:
        monkeypatch.setenv(LEVEL, level)
    set_up_logging()
    logger = logging.getLogger("trainer.training.loop")
    logger.info("note")
    logger.warning("careful")
    logging.getLogger("other").info("other note")
    logging.getLogger("other").warning("other")
    logging.getLogger("absl").warning("noise")
    assert capsys.readouterr() == ("", expected)


def test_an_unknown_level_is_one_sentence(monkeypatch):
    monkeypatch.setenv(LEVEL, "LOUD")
    with pytest.raises(UserError, match="must be one of DEBUG, .* got 'LOUD'"):
        set_up_logging()
