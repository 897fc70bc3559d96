"""Which designs a designer serves."""

import pytest

from atelier.io.errors import UserError
from export.publishing import publish_designer
from export.publishing.publish_designer import _can_compose


@pytest.mark.parametrize(
    ("masks", "num_composed", "reason"),
    [
        (False, 200, "runs/data has no masks of the garments"),
        (True, 0, "no composed designs are asked for"),
    ],
)
def test_a_designer_without_composed_designs_needs_a_gan(
    monkeypatch, caplog, masks, num_composed, reason
):
    monkeypatch.setattr(publish_designer, "has_masks", lambda _: masks)
    with pytest.raises(UserError, match=f"nothing to serve: {reason}"):
        _can_compose("runs/data", num_composed, has_gan=False)
    caplog.set_level("INFO")
    assert not _can_compose("runs/data", num_composed, has_gan=True)
    assert f"serves no `compose`: {reason}" in caplog.text


def test_data_with_masks_are_composed(monkeypatch):
    monkeypatch.setattr(publish_designer, "has_masks", lambda _: True)
    assert _can_compose("runs/data", 200, has_gan=False)
