import types

import pytest

from atelier.io.errors import UserError
from trainer.design.categories import category_index
from trainer.design.categories import favourite_category

GAN = types.SimpleNamespace(
    categories=["cap", "hat", "shoe"], run=types.SimpleNamespace(run_dir="gan")
)


def test_a_category_is_found_by_its_name():
    assert category_index(GAN, "hat") == 1
    with pytest.raises(UserError, match="'tent' is not a category of gan; use"):
        category_index(GAN, "tent")


def test_what_is_taken_most_need_not_be_drawn():
    taken = ["tent", "tent", "tent", "shoe", "shoe", "cap", ""]
    assert favourite_category(GAN, taken) == "shoe"


def test_who_took_nothing_that_is_drawn_must_name_it():
    with pytest.raises(UserError, match="category that gan generates; set --c"):
        favourite_category(GAN, ["tent", "sock"])
