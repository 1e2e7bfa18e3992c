"""Weight files: whole and of this network, or refused with a reason, and nothing half loaded."""

import os
import pickle

import numpy as np
import pytest
import torch

from cnnkit import models
from cnnkit.models import load_weights


def net():
    return models.resnet20(num_classes=3)


@pytest.fixture
def files(tmp_path):
    """The same weights as cnnkit and as PyTorch save them."""
    source = net()
    source.fc.bias.data = [1, 2, 3]
    source.save(tmp_path / "own.npz")
    torch.save(source.to_torch().state_dict(), tmp_path / "torch.pth")
    state = source.to_torch().state_dict()
    old = {name: value for name, value in state.items() if "num_batches" not in name}
    torch.save({"state_dict": old, "epoch": 3}, tmp_path / "old.pth")
    return tmp_path


@pytest.mark.parametrize("name", ["own.npz", "torch.pth", "old.pth"])
@pytest.mark.parametrize("module", [False, True], ids=["NumPy", "PyTorch"])
def test_a_networks_weights_load_into_both(files, name, module):
    target = net().to_torch() if module else net()
    load_weights(target, files / name)
    bias = target.fc.bias.detach().numpy() if module else target.fc.bias.data
    assert bias.tolist() == [1, 2, 3]


def as_array(value):
    return value.numpy() if isinstance(value, torch.Tensor) else value


class Program:
    def __reduce__(self):
        return os.mkdir, ("a-program-ran",)


def broken(tmp_path, files):
    """Files that must be refused, and what is said of each."""
    whole = (files / "torch.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.pth").write_bytes(b"")
    (tmp_path / "picture.pth").write_bytes(b"\x89PNG" + bytes(100))
    (tmp_path / "program.pth").write_bytes(pickle.dumps({"fc.bias": Program()}, protocol=2))
    torch.save({"fc.bias": Program()}, tmp_path / "program2.pth")
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    torch.save(models.lenet5().to_torch().state_dict(), tmp_path / "lenet.pth")
    torch.save(models.resnet20().to_torch().state_dict(), tmp_path / "ten.pth")
    (tmp_path / "cut.npz").write_bytes((files / "own.npz").read_bytes()[:-99])
    with open(tmp_path / "program.npz", "wb") as file:
        np.savez(file, allow_pickle=True, **{"fc.bias": np.array([Program()], dtype=object)})
    return {
        "cut.pth": "no whole file",
        "empty.pth": "empty.pth",
        "picture.pth": "picture.pth",
        "program.pth": "could run a program",
        "program2.pth": "could run a program",
        "list.pth": "no weights by name",
        "lenet.pth": "weights of another network: it lacks bn1.bias",
        "ten.pth": r"fc.bias has the shape \(10,\), here \(3,\)",
        "cut.npz": "no whole .npz",
        "program.npz": "no whole .npz",
    }


@pytest.mark.parametrize("module", [False, True], ids=["NumPy", "PyTorch"])
def test_a_wrong_file_is_refused_and_nothing_is_loaded(tmp_path, files, module, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = net().to_torch() if module else net()
    before = {name: as_array(value).copy() for name, value in target.state_dict().items()}
    for name, reason in broken(tmp_path, files).items():
        with pytest.raises(ValueError, match=reason):
            load_weights(target, tmp_path / name)
    for name, value in target.state_dict().items():
        assert np.array_equal(as_array(value), before[name])
    assert not os.path.exists("a-program-ran")


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_weights(net(), "nowhere.pth")
