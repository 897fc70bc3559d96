import numpy as np

from trainer.design import contact_sheet
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet


def test_a_sheet_holds_every_picture_in_its_place():
    colours = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
    red, green, blue = (
        Picture(np.full((4, 4, 3), colour, np.float32), "a text " * 9)
        for colour in colours
    )
    rows = [Row("two", [red, green]), Row("", [blue])]
    pixels = np.asarray(draw_sheet("title", rows))
    for colour in colours:
        same = np.all(pixels == (np.array(colour) + 1) * 127.5, axis=2)
        assert same.sum() == contact_sheet.SIDE**2
    places = [
        np.argwhere(np.all(pixels == (np.array(rgb) + 1) * 127.5, axis=2))
        for rgb in colours
    ]
    assert places[0][0][0] == places[1][0][0] < places[2][0][0]
    assert places[0][0][1] == places[2][0][1] < places[1][0][1]


def test_a_long_title_and_letters_of_any_script_have_room():
    picture = Picture(np.zeros((4, 4, 3), np.float32), "Größe 帽子")
    short = draw_sheet("t", [Row("", [picture])])
    long = draw_sheet("t" * 90, [Row("Größe 帽子", [picture])])
    assert long.size[0] > short.size[0]
