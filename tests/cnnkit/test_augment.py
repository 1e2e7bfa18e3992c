"""Data sets checked and divided; batches changed at random, as they should be."""

import numpy as np
import pytest
from scipy.ndimage import rotate

from cnnkit.data import load
from cnnkit.data.augment import Augment
from cnnkit.data.dataset import Dataset

RNG = np.random.default_rng(0)


def images(count=6, channels=3, height=12, width=16):
    return RNG.integers(1, 256, (count, channels, height, width), np.uint8)


EVERY = {"flip": 0.5, "shift": 2.0, "rotate": 20.0, "scale": 0.2, "shear": 10.0, "crop": 0.3}
EVERY |= {"lens": 0.2, "brightness": 0.3, "gamma": 1.0, "cutout": 4}


@pytest.mark.parametrize("option", EVERY)
def test_every_change_is_seeded_and_changes_pixels_only(option):
    augment, x = Augment(**{option: EVERY[option]}), images()
    before = x.copy()
    changed = augment(x, np.random.default_rng(5))
    np.testing.assert_array_equal(x, before)
    assert (changed.shape, changed.dtype) == (x.shape, np.uint8)
    assert (changed != x).any()
    np.testing.assert_array_equal(changed, augment(x, np.random.default_rng(5)))
    assert (changed != augment(x, np.random.default_rng(6))).any()


def test_no_change_changes_nothing():
    x = images()
    np.testing.assert_array_equal(Augment()(x, np.random.default_rng(0)), x)
    tiny = Augment(rotate=1e-9)(x, np.random.default_rng(0))
    assert np.abs(tiny.astype(int) - x).max() <= 1


def test_a_flip_mirrors_and_a_shift_moves_by_whole_pixels():
    x = images()
    np.testing.assert_array_equal(Augment(flip=1)(x, np.random.default_rng(0)), x[..., ::-1])
    padded = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    moved = Augment(shift=2)(x, np.random.default_rng(0))
    windows = [
        [padded[n, :, i : i + 12, j : j + 16] for i in range(5) for j in range(5)] for n in range(6)
    ]
    for picture, candidates in zip(moved, windows, strict=True):
        assert any((picture == c).all() for c in candidates)


def test_a_turn_is_scipys():
    x = np.zeros((1, 1, 33, 33), np.uint8)
    x[0, 0, 8:20, 12:28] = 200
    augment = Augment(rotate=40)
    turned = augment(x, np.random.default_rng(7))[0, 0].astype(float)
    angles = np.linspace(-40, 40, 801)
    errors = [
        np.abs(rotate(x[0, 0].astype(float), a, reshape=False, order=1) - turned).mean()
        for a in angles
    ]
    assert min(errors) < 0.5
    assert abs(angles[np.argmin(errors)]) > 1


def test_brightness_and_gamma_keep_the_order_of_grey_levels():
    x = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    for seed in range(5):
        lit = Augment(brightness=0.3, gamma=1)(x, np.random.default_rng(seed)).reshape(-1)
        assert (np.diff(lit.astype(int)) >= 0).all()


@pytest.mark.parametrize("options", [{"flip": 1.5}, {"rotate": -1}, {"scale": 2}, {"crop": np.nan}])
def test_changes_that_cannot_be_are_refused(options):
    with pytest.raises(ValueError, match="expected a number from 0 to"):
        Augment(**options)


def test_a_pooled_data_set_has_the_averages():
    small = Dataset(images(4, 1, 4, 6), np.arange(4), tuple("abcd")).pooled(2)
    assert small.images.shape == (4, 1, 2, 3)
    with pytest.raises(ValueError, match="no multiple of 3"):
        Dataset(images(4, 1, 4, 6), np.arange(4), tuple("abcd")).pooled(3)


def test_a_split_keeps_the_classes_and_loses_nothing():
    whole = load("digits")
    kept, held = whole.split(0.25, seed=1)
    assert len(kept) + len(held) == len(whole)
    np.testing.assert_allclose(held.counts, whole.counts / 4, atol=1)
    everything = np.concatenate([kept.images, held.images])
    assert sorted(i.tobytes() for i in everything) == sorted(i.tobytes() for i in whole.images)


def test_values_that_are_not_finite_are_refused():
    points = np.zeros((5, 2), np.float32)
    points[3, 1] = np.nan
    with pytest.raises(ValueError, match="images: number 3 and 0 more hold NaN"):
        Dataset(points, np.zeros(5, int), ("a",))
