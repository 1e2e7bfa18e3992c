"""What a GPU computes is what NumPy computes. Skipped where PyTorch finds none; nothing of the
grader is needed: `pytest --noconftest tests/cnnkit/test_gpu.py`."""

import numpy as np
import pytest
import torch
from cases import normal, relative_error, tie_free
from small_training import FEW, TEST, build
from test_layers import each_case, torch_twin

from cnnkit import inside, layers, train
from cnnkit.data.augment import Augment
from cnnkit.train import evaluate, fit

if not torch.cuda.is_available():
    pytest.skip("PyTorch finds no GPU here", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
OPTIONS = {"epochs": 3, "validation": 0.2, "batch_size": 32, "progress": False}


@pytest.fixture(autouse=True)
def whole_float32():
    """PyTorch rounds the inputs of a float32 convolution to 10 bits on a GPU (TF32) unless told
    not to."""
    before, torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.allow_tf32, False
    yield
    torch.backends.cudnn.allow_tf32 = before


def errors(case, dtype):
    """Of the output, and of the gradients by name, on the GPU against NumPy."""
    layer = case.build(layers)
    if dtype == np.float64:
        layer = layer.double()
    module = torch_twin(case, layer).cuda()
    x, dy = tie_free(case.input_shape, dtype), normal(case.output_shape, dtype)
    their_x = torch.from_numpy(x.copy()).cuda().requires_grad_()
    their_y = module(their_x)
    their_y.backward(torch.from_numpy(dy).cuda())
    y = layer(x)
    found = {"input": relative_error(layer.backward(dy), their_x.grad.cpu().numpy())}
    theirs = dict(module.named_parameters())
    for name, parameter in layer.named_parameters():
        found[name] = relative_error(parameter.grad, theirs[name].grad.cpu().numpy())
    return found | {"output": relative_error(y, their_y.detach().cpu().numpy())}


@each_case
def test_every_layer_agrees_with_its_twin_on_the_gpu_in_float64(case):
    found = errors(case, np.float64)
    assert max(found.values()) <= 1e-10, found


@each_case
def test_every_layer_agrees_with_its_twin_on_the_gpu_in_float32(case):
    found = errors(case, np.float32)
    assert max(found.values()) <= 1e-4, found


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_a_training_on_the_gpu_follows_that_in_numpy(optimizer):
    options = OPTIONS | {"optimizer": optimizer, "clip": 1.0, "schedule": train.cosine}
    net = build()
    module = net.to_torch()
    ours, theirs = fit(net, FEW, **options), fit(module, FEW, device="cuda", **options)
    assert next(module.parameters()).device.type == "cuda"
    assert np.allclose(ours.loss, theirs.loss, rtol=1e-2)
    assert ours.lr == theirs.lr
    assert abs(evaluate(net, TEST).accuracy - evaluate(module, TEST, "cuda").accuracy) <= 0.02


def test_a_training_in_bfloat16_learns_as_well():
    options = OPTIONS | {"epochs": 12, "device": "cuda"}
    whole, rounded = build().to_torch(), build().to_torch()
    fit(whole, FEW, **options)
    history = fit(rounded, FEW, precision="bfloat16", **options)
    assert history.loss[-1] < history.loss[0] / 2
    assert all(p.dtype == torch.float32 for p in rounded.parameters())
    assert evaluate(rounded, TEST).accuracy > evaluate(whole, TEST).accuracy - 0.05


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_an_interrupted_training_on_the_gpu_goes_on_as_if_it_had_not_been(tmp_path, optimizer):
    options = OPTIONS | {"epochs": 4, "optimizer": optimizer, "lr": 0.01, "device": "cuda"}
    options |= {"augment": Augment(shift=1, flip=0.5)}

    class Stop(Exception):
        pass

    def cosine(done):
        if done > 0.6:
            raise Stop
        return train.cosine(done)

    def model():
        return build(dropout=0.3).to_torch()

    expected = fit(model(), FEW, schedule=train.cosine, **options)
    with pytest.raises(Stop):
        fit(model(), FEW, schedule=cosine, checkpoint=tmp_path / "c", **options)
    history = fit(model(), FEW, schedule=train.cosine, checkpoint=tmp_path / "c", **options)
    # cuDNN may add up in another order each time: the last digits are not promised on a GPU.
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-3)
    np.testing.assert_allclose(history.validation_loss, expected.validation_loss, rtol=1e-3)


def test_the_same_seed_drops_the_same_units_and_leaves_the_random_state_alone():
    before = torch.cuda.get_rng_state()
    options = OPTIONS | {"device": "cuda"}
    first = fit(build(dropout=0.5).to_torch(), FEW, **options)
    second = fit(build(dropout=0.5).to_torch(), FEW, **options)
    np.testing.assert_allclose(first.loss, second.loss, rtol=1e-3)
    assert torch.equal(before, torch.cuda.get_rng_state())


def test_a_module_that_was_evaluated_on_the_gpu_is_where_it_was():
    module = build().to_torch()
    found = evaluate(module, TEST, "cuda")
    assert next(module.parameters()).device.type == "cpu"
    assert found.loss == pytest.approx(evaluate(module, TEST, "cpu").loss, rel=1e-4)


def test_a_device_that_is_not_there_is_refused_by_name():
    with pytest.raises(ValueError, match=r"device: 'cuda:99' can't be had"):
        fit(build().to_torch(), FEW, device="cuda:99", progress=False)


def test_one_looks_inside_a_module_on_the_gpu_as_inside_the_net():
    net = build().eval()
    module = net.to_torch().cuda()
    x = TEST.images[:4].astype(np.float32)
    for ask in (
        inside.saliency,
        inside.guided_backpropagation,
        lambda model, x: inside.grad_cam(model, x, "net.1"),
        lambda model, x: inside.occlusion(model, x, size=3, stride=2),
    ):
        assert relative_error(ask(module, x), ask(net, x)) <= 1e-3


def test_weights_come_back_from_the_gpu(tmp_path):
    net, other = build(), build(seed=1)
    module = net.to_torch()
    fit(module, FEW, device="cuda", **OPTIONS)
    other.load_state_dict({n: v.cpu().numpy() for n, v in module.state_dict().items()})
    x = TEST.images[:8].astype(np.float32)
    assert relative_error(inside.scores(module, x), other.eval()(x)) <= 1e-4
