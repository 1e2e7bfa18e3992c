"""One style for all pictures: what can be checked of it, on every picture of the gallery."""

import ast
import inspect
import itertools
from functools import cache
from html import escape

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from cnnkit import viz
from cnnkit.explorers.screen import HERE as SCREEN
from cnnkit.viz import style
from cnnkit.viz.curves import COLOURS
from cnnkit.viz.display import RECOLOURED
from gallery import ROOMS, makers, networks

BLINDNESS = ("deuteranomaly", "protanomaly", "tritanomaly")
NUMBERS = 5.0  # points: the least for a number in a cell of a small matrix
MAKERS = makers()


def seen_as(colour, kind):
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    return np.clip(cspace_convert(to_rgb(colour), space, "sRGB1"), 0, 1)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_lines_can_be_told_apart_by_colour_blind_people(kind):
    for one, other in itertools.combinations(COLOURS[:5], 2):
        assert deltaE(seen_as(one, kind), seen_as(other, kind), "sRGB1") > 10, (one, other)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_positive_and_negative_cells_can_be_told_apart_by_colour_blind_people(kind):
    plus, minus = style.tint(np.array([[1.0, -1.0]]))[0, :, :3]
    assert deltaE(seen_as(plus, kind), seen_as(minus, kind), "sRGB1") > 25


@pytest.fixture(scope="module")
def picture_of():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "STEPS", 4)  # how far it is painted says nothing of the style
        yield cache(lambda name: MAKERS[name]())


def still(picture):
    """The picture, or a film's last."""
    return picture.stills[-1] if isinstance(picture, viz.Film) else picture


def undrawn(axes):
    """Labels of ticks beyond the axes' ends, or of axes that are not shown."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = sorted((low, high))
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not axes.axison or not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)
        if not axes.axison:
            yield from (axis.label, axis.offsetText)


@pytest.fixture(scope="module")
def texts(picture_of):
    """What is written in a picture, with its box in pixels; drawn once, which takes a while."""

    @cache
    def written(name):
        picture = still(picture_of(name))
        canvas = FigureCanvasAgg(picture)
        canvas.draw()
        hidden = {text for axes in picture.axes for text in undrawn(axes)}
        return [
            (text, text.get_window_extent(canvas.get_renderer()))
            for text in picture.findobj(Text)
            if text.get_text().strip() and text.get_visible() and text not in hidden
        ]

    return written


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.sample(3)
def test_a_picture_says_in_words_what_it_shows(picture_of, name):
    picture = picture_of(name)
    assert len(picture.alt) > 25
    assert "<" not in picture.alt
    assert "object at" not in picture.alt
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == picture.alt == repr(picture) == data["text/plain"]
    assert f'alt="{escape(picture.alt)}"' in data["text/html"]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.sample(3)
def test_a_picture_fits_the_page_and_nothing_written_is_cut(picture_of, texts, name):
    picture = still(picture_of(name))
    width, height = picture.get_size_inches() * 100
    assert width <= 100 * style.PAGE + 1
    for text, box in texts(name):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
        assert inside, (text.get_text(), box)


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_written_can_be_read_at_half_size(texts, name):
    for text, _ in texts(name):
        number = not any(letter.isalpha() for letter in text.get_text())
        assert text.get_fontsize() >= (NUMBERS if number else 10), text.get_text()


@pytest.mark.parametrize("name", MAKERS)
def test_axes_say_what_they_measure(picture_of, name):
    for axes in still(picture_of(name)).axes:
        if axes.axison:
            assert axes.get_xlabel()
            named = [label.get_text() for label in axes.get_yticklabels()]
            words = any(letter.isalpha() for text in named for letter in text)
            empty = not any(named)  # shares its names with its neighbour
            assert axes.get_ylabel() or words or empty


def test_the_gallery_has_every_kind_of_picture():
    """Each function of `viz` that makes a picture is called by the gallery."""
    called = set()
    for module in ROOMS:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called.add(node.func.attr)
    kinds = [n for n in viz.__all__ if n.endswith(("_picture", "_film", "_sheet", "_gallery"))]
    assert len(kinds) > 15
    assert {*kinds, "matrix", "matrices", "filtering"} <= called


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_written_covers_something_else_that_is_written(texts, name):
    for (one, box), (other, beside) in itertools.combinations(texts(name), 2):
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert across <= 2 or down <= 3, (one.get_text(), other.get_text())


def test_explorers_and_pictures_are_recoloured_alike_in_a_dark_theme():
    assert f"filter: {RECOLOURED};" in (SCREEN / "screen.css").read_text()
    assert RECOLOURED in viz.matrix(np.eye(2))._repr_mimebundle_()[0]["text/html"]
