"""The verdict on a GAN, on one of a few weights that draws noise."""

import dataclasses

from trainer.design.gan_quality import LARGEST_KID
from trainer.design.gan_quality import not_fit_to_show
from trainer.gan.trained_gan import load_trained_gan


def test_noise_is_not_fit_to_show(drawing_gan):
    gan = load_trained_gan(drawing_gan)
    reason = not_fit_to_show(gan)
    assert f"do not look like real ones yet (KID {gan.val_kid:.2f};" in reason
    assert "\n" not in reason
    good = dataclasses.replace(gan, val_kid=LARGEST_KID)
    assert not not_fit_to_show(good)
