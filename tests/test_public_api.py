"""Names that packages offer, imported when they are first used."""

import importlib

import pytest


@pytest.mark.parametrize("name", ["beam_jobs", "export", "trainer"])
def test_a_package_has_what_it_names(name):
    package = importlib.import_module(name)
    assert dir(package) == sorted(package.__all__)
    for public in package.__all__:
        found = getattr(package, public)
        assert found.__name__ == public
        assert found.__doc__


def test_other_names_are_not_there():
    import trainer

    with pytest.raises(AttributeError, match="'trainer' has no attribute 'fi'"):
        trainer.fi  # noqa: B018
