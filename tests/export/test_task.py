import pytest

from atelier.io.errors import UserError
from export import task


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--top_k=0"], "--top_k must be positive, got 0"),
        (["--run_dir=nowhere"], "nowhere holds no run.json"),
    ],
)
def test_export_errors_are_one_sentence(run_dir, tmp_path, flags, words):
    with pytest.raises(UserError) as error:
        task.main(
            [
                "recommender",
                f"--run_dir={run_dir}",
                f"--model_dir={tmp_path}",
                *flags,
            ]
        )
    assert words in str(error.value)
    assert list(tmp_path.iterdir()) == []
