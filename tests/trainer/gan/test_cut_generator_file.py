import pathlib
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.design.drawn_cuts import LARGEST_KID
from trainer.gan.cut_generator_file import CUT_GENERATOR
from trainer.gan.cut_generator_file import load_cut_generator
from trainer.gan.cut_generator_file import write_cut_generator
from trainer.models.gan.cut_generator import CutGenerator

Z, CATEGORY = np.ones((2, 3), np.float32), np.array([0, 1])


@pytest.fixture
def written(tmp_path):
    """The generator, and the path of its file."""
    keras.utils.set_random_seed(0)
    generator = CutGenerator(2, 16, z_dim=3, width=2)
    path = str(tmp_path / "cuts.npz")
    write_cut_generator(
        types.SimpleNamespace(
            generator=generator, categories=["Hat", "Rock"], val_kid=0.25
        ),
        path,
        left_out=["Rock"],
    )
    return generator, path


def test_a_generator_is_the_same_but_for_rounding(written):
    generator, path = written
    loaded = load_cut_generator(path)
    assert (loaded.categories, loaded.val_kid) == (["Hat", "Rock"], 0.25)
    assert loaded.left_out == ["Rock"]
    assert loaded.z_dim == 3
    np.testing.assert_allclose(
        loaded.generator(Z, CATEGORY), generator(Z, CATEGORY), atol=0.02
    )


@pytest.mark.slow
def test_another_process_generates_the_same(written):
    _, path = written
    script = (
        "import sys, numpy\n"
        "from trainer.gan.cut_generator_file import load_cut_generator\n"
        "generator = load_cut_generator(sys.argv[1]).generator\n"
        "z = numpy.ones((2, 3), 'f')\n"
        "images = generator(z, numpy.array([0, 1]), training=False)\n"
        "print(float(numpy.sum(numpy.square(images))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path],
        capture_output=True,
        text=True,
        check=True,
    )
    here = load_cut_generator(path).generator(Z, CATEGORY, training=False)
    total = float(np.sum(np.square(here)))
    assert float(done.stdout.split()[-1]) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("kept", [0, 100, 3000])
def test_a_damaged_file_is_one_sentence(written, kept):
    _, path = written
    with open(path, "rb+") as file:
        file.truncate(kept)
    with pytest.raises(UserError, match="is no generator of cuts"):
        load_cut_generator(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cuts.npz cannot be read"):
        load_cut_generator(str(tmp_path / "cuts.npz"))


def test_other_arrays_are_one_sentence(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, kernel=np.zeros(3))
    with pytest.raises(UserError, match="is no generator of cuts"):
        load_cut_generator(str(path))


def test_a_category_that_is_not_there_cannot_be_left_out(tmp_path):
    gan = types.SimpleNamespace(categories=["Hat", "Rock"])
    with pytest.raises(UserError, match="no category 'Tie' to leave out"):
        write_cut_generator(gan, str(tmp_path / "cuts.npz"), ["Tie"])


def test_the_shipped_generator_draws_nine_categories():
    path = pathlib.Path(__file__).parents[3] / "data" / CUT_GENERATOR
    shipped = load_cut_generator(str(path))
    drawn = {*shipped.categories} - {*shipped.left_out}
    assert len(drawn) == 9
    assert shipped.val_kid < LARGEST_KID
