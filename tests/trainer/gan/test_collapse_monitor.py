import pytest

from trainer.gan.collapse_monitor import CollapseMonitor

WELL = {"step": 30.0, "val_diversity": 0.9, "discriminator_loss": 0.4}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"val_diversity": 0.05},
            "warning: at step 30 the designs of a category differ by 5% of "
            "what its photos do; if that goes on, the generator has collapsed",
        ),
        (
            {"discriminator_loss": 0.001},
            "warning: at step 30 the discriminator tells all designs from "
            "photos (loss 0.001), so the generator learns little: give a "
            "--discriminator_learning_rate below --learning_rate, with",
        ),
    ],
)
def test_warns_in_a_sentence(capsys, values, words):
    CollapseMonitor().on_epoch_end(0, {**WELL, **values})
    (line,) = capsys.readouterr().out.split("\n")[1:-1]
    assert line.startswith(words)


def test_says_nothing_where_all_is_well(capsys):
    CollapseMonitor().on_epoch_end(0, WELL)
    assert not capsys.readouterr().out
