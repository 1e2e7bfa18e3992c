"""`small_alexnet` without some of its layers: nothing else changes."""

import numpy as np
import pytest

from cnnkit.models import small_alexnet
from cnnkit.models.small import REMOVABLE

INPUT = (1, 28, 28)


@pytest.mark.parametrize("removed", [(name,) for name in REMOVABLE] + [REMOVABLE], ids=str)
def test_what_is_removed_is_gone_and_every_other_layer_stays(removed):
    whole, net = dict(small_alexnet().named_layers()), small_alexnet(removed=removed)
    gone = {f"{kind}{name[-1]}" for name in removed for kind in ("relu", "drop")} | set(removed)
    assert [name for name in whole if name not in gone] == list(dict(net.named_layers()))
    assert net.output_shape(INPUT) == (10,)


def test_a_layer_that_cannot_be_removed_is_named():
    with pytest.raises(ValueError, match=r"removed: expected some of .*'fc7'.*, got \['conv5'\]"):
        small_alexnet(removed=("conv5", "fc6"))


def test_without_dropout_training_computes_what_use_computes():
    x = np.random.default_rng(0).normal(size=(4, *INPUT)).astype(np.float32)
    for dropout, same in ((0.5, False), (0.0, True)):
        net = small_alexnet(dropout=dropout)
        in_training = net(x)
        assert np.array_equal(in_training, net.eval()(x)) == same, dropout
