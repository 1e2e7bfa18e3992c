"""Little data and a little network, for the tests that train."""

import cnnkit
from cnnkit import data, train
from cnnkit.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential

TRAIN, TEST = data.load("digits"), data.load("digits", "test")
FEW = TRAIN.take(range(200))


def build(dropout=0.0, hidden=32, seed=0):
    cnnkit.manual_seed(seed)
    net = Sequential(
        *(Conv2d(1, 8, 3, padding=1), ReLU(), Flatten(), Linear(8 * 64, hidden)),
        *(BatchNorm1d(hidden), ReLU(), Dropout(dropout), Linear(hidden, 10)),
    )
    return train.standardized(net, TRAIN)
