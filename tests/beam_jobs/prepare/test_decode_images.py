from beam_jobs.prepare.decode_images import with_masks

PHOTOS = [(("a", row), f"photo {row}") for row in (1, 2, 4, 5)]


def test_photos_get_the_masks_of_their_rows():
    masks = [(("a", row), f"mask {row}") for row in (2, 3, 5)]
    assert list(with_masks(iter(PHOTOS), iter(masks))) == [
        (("a", 1), "photo 1", None),
        (("a", 2), "photo 2", "mask 2"),
        (("a", 4), "photo 4", None),
        (("a", 5), "photo 5", "mask 5"),
    ]


def test_photos_without_masks():
    assert list(with_masks(iter(PHOTOS), iter(()))) == [
        (*photo, None) for photo in PHOTOS
    ]
