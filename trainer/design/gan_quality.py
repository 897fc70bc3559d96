"""Verdict on a GAN: whether its designs are fit to be shown."""

from trainer.gan.trained_gan import TrainedGan

LARGEST_KID = 0.05
"""Validation KID up to which the designs of a GAN are fit to be shown.

By eye, on H&M at 64 pixels: at .029 dresses, trousers, jumpers and shoes are
recognized (docs/designs.md); at .17 jumpers alone, and the rest are blots; at
.36 and .47 all are. None between .029 and .17 was looked at.
"""


def not_fit_to_show(gan: TrainedGan) -> str:
    """Returns why the designs of a GAN are not fit to be shown, "" if they are.

    A recommender also gives noise a score, which says nothing then.

    Args:
        gan: The trained GAN.
    """
    if gan.val_kid <= LARGEST_KID:
        return ""
    return (
        f"the images of {gan.run.run_dir} do not look like real ones yet (KID "
        f"{gan.val_kid:.2f}; fit to show up to {LARGEST_KID:g}), so that their "
        "scores mean nothing; train the GAN longer or on more images"
    )
