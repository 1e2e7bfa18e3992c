"""The README's picture shows the course as it is."""

from PIL import Image

from gallery import overview


def test_the_explorer_in_the_readmes_picture_is_todays():
    with Image.open(overview.FILE) as picture:
        kept = picture.text[overview.SHOWN]
    assert kept == overview.shown(), "draw docs/overview.png anew: make gallery"
