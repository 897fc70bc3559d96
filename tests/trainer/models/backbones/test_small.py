from trainer.models.backbones.small import small


def test_large_photos_are_averaged_down_first():
    assert small(128).get_layer("shrink").output.shape[1:] == (64, 64, 3)
    assert small(64).get_layer("shrink").output.shape[1:] == (64, 64, 3)
