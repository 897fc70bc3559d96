"""What `--search` may say."""

import pytest
from optuna.distributions import CategoricalDistribution
from optuna.distributions import FloatDistribution
from optuna.distributions import IntDistribution

from atelier.io.errors import UserError
from trainer.tuning.search_space import parse_space


def test_ranges_and_choices_have_the_type_of_their_flag():
    text = (
        "learning_rate=1e-4..1e-2:log,embedding_dim=8..64,"
        "user_tower=id|both,num_negatives=16|32,item_embeddings=true|false"
    )
    space = parse_space(text)
    assert space == {
        "learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
        "embedding_dim": IntDistribution(8, 64),
        "user_tower": CategoricalDistribution(("id", "both")),
        "num_negatives": CategoricalDistribution((16, 32)),
        "item_embeddings": CategoricalDistribution((True, False)),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate", "--search is NAME=LOW..HIGH"),
        ("learning_rate=", "--search is NAME=LOW..HIGH"),
        ("learning_rate=0.1", "got learning_rate=0.1"),
        ("learning_rate=1..2..3", "got learning_rate=1..2..3"),
        ("learning_rate=1e-4..fast", "takes a float"),
        ("embedding_dim=8|1.5", "takes a int"),
        ("learning_rate=1e-4..1e-2:square", "got learning_rate=1e-4..1e-2:sq"),
        ("learning_rate=1e-2..1e-4", "must be less than"),
        ("cnn_l2=0..1:log", "positive where :log"),
        ("cnn_l2=-1..1", "--cnn_l2 must be at least 0"),
        ("item_embeddings=0|1", "--item_embeddings takes a bool; got '0|1'"),
        ("item_embeddings=false..true", "--search is NAME=LOW..HIGH"),
        ("user_tower=id..both", "--search is NAME=LOW..HIGH"),
        ("user_tower=id|ego", "--user_tower is one of"),
        ("speed=1..2", "'speed', which `trainer.task recommender` has no flag"),
        ("epochs=1|2,epochs=3|4", "names epochs twice"),
    ],
)
def test_what_is_wrong_is_one_sentence(text, message):
    with pytest.raises(UserError) as caught:
        parse_space(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
