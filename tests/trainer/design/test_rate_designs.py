"""The command `rate-designs`."""

import json

import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.design.rate_designs import rate
from trainer.design.rate_designs import read_choices


@pytest.fixture
def answers(tmp_path):
    """Two raters: the best images win 7 of 8, the designs 3 of 12."""
    left = {"left": "best real", "right": "design", "chosen": "left"}
    right = {"left": "design", "right": "random real", "chosen": "right"}
    paths = [tmp_path / "anna.json", tmp_path / "ben.json"]
    for path, rows in zip(
        paths,
        (
            [left] * 7 + [{**left, "chosen": "right"}],
            [right] * 2 + [{**right, "chosen": "left"}] * 2,
        ),
        strict=True,
    ):
        path.write_text(json.dumps({"pairs": 9, "answers": rows}))
    return [str(path) for path in paths]


def test_the_command_prints_and_keeps_the_scores(answers, tmp_path, capsys):
    task.main(["rate-designs", *answers, f"--out={tmp_path / 'out'}"])
    kept = json_files.read_json(str(tmp_path / "out"), "ratings.json")
    assert [one["source"] for one in kept] == [
        "best real", "random real", "design",
    ]  # fmt: skip
    assert [(one["wins"], one["comparisons"]) for one in kept] == [
        (7, 8), (2, 4), (3, 12),
    ]  # fmt: skip
    assert all(one["low"] <= one["score"] <= one["high"] for one in kept)
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].startswith("best real")
    assert "2 raters" in printed


def test_the_side_of_an_image_does_not_count(answers):
    choices = read_choices(answers)
    assert choices[7] == ("design", "best real")
    assert rate(choices) != rate([one[::-1] for one in choices])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"answers": []}',
        '{"answers": [{"chosen": "both"}]}',
        '{"answers": [{"left": "a", "right": "a", "chosen": "left"}]}',
        pytest.param("[" * 100_000, id="nested too deep"),
    ],
)
def test_a_file_without_answers_is_one_sentence(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"other\.json.*no answers") as error:
        read_choices([str(path)])
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_sentence():
    with pytest.raises(UserError, match=r"nowhere\.json holds no answers"):
        read_choices(["nowhere.json"])
