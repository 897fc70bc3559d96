import pytest

from trainer.gan.collapse_monitor import CollapseMonitor

WELL = {"step": 30.0, "val_diversity": 0.9, "discriminator_loss": 0.4}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"val_diversity": 0.05},
            "at step 30 the generated images of a category are only "
            "5% as diverse as its real images; if this persists, the generator "
            "has collapsed (mode collapse): lower --learning_rate",
        ),
        (
            {"discriminator_loss": 0.001},
            "at step 30 the discriminator separates all generated "
            "and real images (loss 0.001), so the generator learns little: set "
            "--discriminator_learning_rate below --learning_rate and train",
        ),
    ],
)
def test_warns_in_a_sentence(caplog, values, words):
    CollapseMonitor().on_epoch_end(0, {**WELL, **values})
    (line,) = caplog.messages
    assert line.startswith(words)


def test_says_nothing_where_all_is_well(caplog):
    CollapseMonitor().on_epoch_end(0, WELL)
    assert not caplog.messages
