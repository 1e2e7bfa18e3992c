import numpy as np
import pytest
import torch

from cnnkit import initializers, manual_seed
from cnnkit.layers import Conv2d, Linear

SHAPES = [(200, 300), (64, 32, 5, 3)]
INITIALIZERS = [
    ("small_random", {}, lambda w: torch.nn.init.normal_(w, std=0.01)),
    ("xavier_uniform", {}, torch.nn.init.xavier_uniform_),
    ("xavier_normal", {"gain": 2.0}, lambda w: torch.nn.init.xavier_normal_(w, gain=2.0)),
    ("kaiming_uniform", {}, lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu")),
    ("kaiming_normal", {}, lambda w: torch.nn.init.kaiming_normal_(w, nonlinearity="relu")),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "options", "reference"), INITIALIZERS)
def test_a_distribution_is_pytorchs(name, options, reference, shape):
    torch.manual_seed(0)
    drawn = getattr(initializers, name)(**options)(np.random.default_rng(0), shape)
    theirs = reference(torch.empty(shape)).numpy()
    assert drawn.shape == shape
    assert drawn.std() == pytest.approx(theirs.std(), rel=0.02)
    assert abs(drawn.mean()) < 4 * drawn.std() / np.sqrt(drawn.size)
    if "uniform" in name:
        assert abs(drawn).max() == pytest.approx(abs(theirs).max(), rel=0.01)


def test_kaiming_keeps_the_variance_through_many_layers_and_small_random_loses_it():
    x = np.random.default_rng(0).standard_normal((100, 256)).astype(np.float32)
    spread = {}
    for name in ("kaiming_normal", "small_random"):
        manual_seed(0)
        y = x
        for _ in range(10):
            layer = Linear(256, 256, bias=False)
            layer.weight.initialize(getattr(initializers, name)())
            y = np.maximum(layer(y), 0)
        spread[name] = np.sqrt(np.mean(y**2))
    assert 0.5 < spread["kaiming_normal"] < 2
    assert spread["small_random"] < 1e-8


def test_initialize_draws_anew_from_the_parameters_own_seed():
    manual_seed(1)
    a, b = Conv2d(2, 3, 3), Conv2d(2, 3, 3)
    a.weight.initialize(initializers.kaiming_normal())
    b.weight.initialize(initializers.kaiming_normal())
    first = a.weight.data.copy()
    a.weight.initialize(initializers.kaiming_normal())
    assert (a.weight.data == first).all()
    assert not (b.weight.data == first).all()


def test_a_bias_has_no_fan_in():
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        initializers.fans((3,))
