"""Bars are as long as the numbers that they stand for, and a network's answers are told apart."""

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.viz.bars import RIGHT

ROWS = {"FC7": {"paper": 0.3, "ours": -0.4}, "all four": {"paper": 32.0, "ours": 1.5}}
IMAGES = {"coffee": np.full((3, 6, 8), 90, np.uint8), "rocket": np.zeros((3, 6, 8), np.uint8)}
GUESSES = {
    "coffee": {"espresso": 0.75, "cup": 0.2},
    "rocket": {"pole": 0.5, "missile": 0.25},
}
TRUE = {"coffee": {"espresso"}, "rocket": {"missile"}}


def colour(patch):
    red, green, blue = (round(255 * part) for part in patch.get_facecolor()[:3])
    return f"#{red:02X}{green:02X}{blue:02X}"


def test_bars_are_as_long_as_their_values_and_say_them():
    picture = viz.bars_picture(ROWS, "points lost")
    [axes] = picture.axes
    assert [bar.get_width() for bar in axes.patches] == [0.3, 32.0, -0.4, 1.5]
    assert [text.get_text() for text in axes.texts] == ["0.3", "32", "−0.4", "1.5"]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(ROWS)
    assert axes.get_xlabel() == "points lost"
    assert "FC7: paper 0.3, ours −0.4; all four: paper 32, ours 1.5" in picture.alt


def test_bars_of_a_row_stand_together_and_their_legend_is_there_if_it_is_needed():
    [axes] = viz.bars_picture(ROWS, "points lost").axes
    middles = sorted(bar.get_y() + bar.get_height() / 2 for bar in axes.patches)
    within, between = middles[1] - middles[0], middles[2] - middles[1]
    assert within < between
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["paper", "ours"]
    [alone] = viz.bars_picture({"conv1": {"share": 3}, "fc6": {"share": 62}}, "percent").axes
    assert alone.get_legend() is None


def test_bars_that_cannot_be_drawn_are_refused_in_words():
    with pytest.raises(ValueError, match=r"b: expected the bars \['one'\], got \['two'\]"):
        viz.bars_picture({"a": {"one": 1}, "b": {"two": 2}}, "x")
    with pytest.raises(ValueError, match="at least one row"):
        viz.bars_picture({}, "x")
    with pytest.raises(ValueError, match="at least one bar"):
        viz.bars_picture({"a": {}}, "x")


def test_an_answers_bar_is_its_probability_and_what_is_right_is_green_and_ticked():
    picture = viz.guesses_picture(IMAGES, GUESSES, TRUE)
    photo, answers, *_ = picture.axes
    assert photo.get_title(loc="left") == "coffee"
    assert (np.asarray(photo.images[0].get_array()) == 90).all()
    shares = [bar for bar in answers.patches if bar.get_width() < 1]
    assert [bar.get_width() for bar in shares] == [0.75, 0.2]
    assert [colour(bar) == RIGHT for bar in shares] == [True, False]
    said = [text.get_text() for text in answers.texts]
    assert said == ["✓ espresso", "75%", "cup", "20%"]
    assert "rocket: pole 50%, missile (right) 25%." in picture.alt


def test_answers_without_their_photograph_are_refused_in_words():
    with pytest.raises(ValueError, match=r"guesses: expected the names \['coffee', 'rocket'\]"):
        viz.guesses_picture(IMAGES, {"coffee": GUESSES["coffee"]}, TRUE)
    with pytest.raises(ValueError, match="right: expected the names"):
        viz.guesses_picture(IMAGES, GUESSES, {})
    with pytest.raises(ValueError, match="at least one image"):
        viz.guesses_picture({}, {}, {})
