"""Photographs by name, points and shapes by formula, scenes composed of real pictures."""

import numpy as np
import pytest

from cnnkit import data
from cnnkit.data import load, synthetic
from cnnkit.data.photographs import PHOTOGRAPHS
from cnnkit.data.scenes import _caption


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_of_the_list_is_there(name):
    image = data.photograph(name)
    assert image.shape[0] == 3
    assert min(image.shape[1:]) >= 100
    assert image.std() > 5


def test_a_photograph_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no photograph 'dog'; there are astronaut"):
        data.photograph("dog")


@pytest.mark.parametrize(
    "make", [synthetic.blobs, synthetic.spirals, synthetic.moons, synthetic.xor]
)
def test_points_are_seeded_balanced_and_of_their_shape(make):
    points = make(301, seed=3)
    assert points.images.shape == (301, 2)
    assert points.images.dtype == np.float32
    assert points.counts.min() >= points.counts.max() - 2
    np.testing.assert_array_equal(points.images, make(301, seed=3).images)
    assert (points.images != make(301, seed=4).images).any()


def test_shapes_can_be_told_apart_by_eye():
    pictures = synthetic.shapes(80, noise=0)
    assert pictures.classes == ("circle", "square", "triangle", "cross")
    bright = [
        (p.images > 128).mean() for p in (pictures.take(pictures.labels == c) for c in range(4))
    ]
    assert bright[3] < bright[0]  # a cross covers less than a circle
    assert 0.05 < min(bright) < max(bright) < 0.3


def test_scenes_hold_what_their_boxes_masks_and_captions_say():
    digits = load("mnist5k", "test")
    scenes = data.compose_scenes(digits, 40, size=96, objects=(1, 4), seed=1)
    assert scenes.images.shape == (40, 1, 96, 96)
    for i in range(len(scenes)):
        boxes, labels, mask = scenes.boxes[i], scenes.labels[i], scenes.masks[i]
        assert 1 <= len(boxes) == len(labels) <= 4
        for number, (left, top, right, bottom) in enumerate(boxes.astype(int), 1):
            rows, columns = np.nonzero(mask == number)
            assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (
                *(left, top, right, bottom),
            )
        assert ((scenes.images[i, 0] > 40) == (mask > 0)).all()
        assert sorted(
            word for word in scenes.captions[i].replace(",", "").split() if word.isdigit()
        ) == (sorted(map(str, labels)))
        classes = scenes.class_masks()[i]
        assert set(np.unique(classes)) - {0} == set(labels + 1)
    again = data.compose_scenes(digits, 40, size=96, objects=(1, 4), seed=1)
    np.testing.assert_array_equal(again.images, scenes.images)


def test_masks_tell_more_classes_apart_than_a_byte_holds():
    white = np.full((300, 1, 8, 8), 255, np.uint8)
    many = data.Dataset(white, np.arange(300), tuple(map(str, range(300))))
    scenes = data.compose_scenes(many.take([255, 299]), 8, size=32, objects=(1, 2))
    found = {int(value) for value in np.unique(scenes.class_masks())}
    assert found == {0, 256, 300}


def test_scenes_of_pictures_that_are_all_dark_show_nothing():
    dark = data.Dataset(np.zeros((2, 1, 8, 8), np.uint8), np.array([0, 1]), ("a", "b"))
    scenes = data.compose_scenes(dark, 2, size=32)
    assert scenes.captions == ["nothing", "nothing"]
    assert not scenes.class_masks().any()
    assert scenes.labels[0].dtype == np.int64


def test_a_caption_says_how_two_objects_lie():
    upper, lower, right = [10, 0, 20, 10], [12, 40, 22, 50], [70, 3, 80, 12]
    assert _caption(np.array([lower, upper]), ["7", "3"]) == "a 3 above a 7"
    assert _caption(np.array([upper, right]), ["ankle boot", "8"]) == "an ankle boot left of an 8"
    assert _caption(np.array([upper, lower, right]), ["1", "2", "3"]) == "a 1, a 2 and a 3"


def test_scenes_that_cannot_be_composed_are_refused():
    with pytest.raises(ValueError, match="expected grey pictures of at most 22 pixels"):
        data.compose_scenes(load("mnist5k"), 1, size=30)
