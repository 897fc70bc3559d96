import types

import pytest

from atelier.io.errors import UserError
from trainer.design.categories import category_index
from trainer.design.categories import favorite_category

GAN = types.SimpleNamespace(
    categories=["cap", "hat", "shoe"], run=types.SimpleNamespace(run_dir="gan")
)


def test_a_category_is_found_by_its_name():
    assert category_index(GAN, "hat") == 1
    with pytest.raises(UserError, match="'tent' is not a category of gan; use"):
        category_index(GAN, "tent")


def test_the_favorite_is_a_category_of_the_gan():
    names = ["tent", "tent", "tent", "shoe", "shoe", "cap", ""]
    assert favorite_category(GAN, names) == "shoe"


def test_users_without_a_category_of_the_gan_must_name_one():
    with pytest.raises(UserError, match="category that gan generates; set --c"):
        favorite_category(GAN, ["tent", "sock"])
