"""The scripts in benchmarks/ work, measured on the smallest case; their figures are not judged."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from cnnkit import data
from cnnkit.data.files import packaged
from tests.conftest import ROOT

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_without_a_gpu_the_gpu_benchmark_says_so():
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "gpu.py")],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "skipped, PyTorch finds no GPU" in done.stdout


@pytest.mark.slow
def test_the_gpu_benchmark_reports_parity_and_speed(scripts, monkeypatch):
    import gpu

    monkeypatch.setattr(gpu, "SECONDS", 0.01)
    monkeypatch.setattr(gpu, "MODES", dict(list(gpu.MODES.items())[:3]))  # compiling takes minutes
    few = data.load("mnist5k").take(range(256))
    tables = gpu.Tables("this processor", len(few))
    ways = [("NumPy", 128, {}), ("PyTorch", 128, {"device": "cpu"})]
    small = {"lenet5": ((1, 32, 32), 4)}
    rows = [*gpu.fits(tables, few, ways), *gpu.fill(tables, "cpu", small)]
    assert all(row in str(tables).splitlines() for row in rows)
    ours, theirs = (row.split("|")[4] for row in tables.fits[:2])
    assert float(ours) == pytest.approx(float(theirs), rel=1e-3)
    numpys, float32, _, bf16 = np.reshape(
        [float(cell) for cell in tables.parities[0].split("|")[2:-1]], (4, 2)
    )
    assert max(*numpys, *float32) < 1e-5
    assert 1e-4 < min(bf16) < max(bf16) < 0.1
    assert tables.speeds[0].startswith("| lenet5, cnnkit | 4 |")


def test_every_stage_that_the_grading_benchmark_times_is_there(scripts):
    import grading

    with grading.clocks() as spent:
        assert not spent


@pytest.mark.slow
def test_the_layer_benchmark_measures_both_sides_of_every_kind(scripts, monkeypatch):
    import layer_cases
    import layer_worker

    monkeypatch.setattr(layer_worker, "SECONDS", 0.001)
    for case in layer_cases.CASES:
        if case.name in ("LeNet-5, conv1, batch 1", "batch norm, 120 features", "ReLU"):
            times = layer_worker.against_pytorch(case)
            assert set(times) == {"forward", "torch_forward", "step", "torch_step"}
            assert min(times.values()) > 0
    names = [case.name for case in layer_cases.CASES]
    assert len(set(names)) == len(names)


@pytest.mark.slow
@pytest.mark.skipif(
    packaged("foolbox", "data/imagenet_00_243.jpg") is None,
    reason="requirements-data.txt is missing",
)
def test_the_model_benchmark_measures_both_sides(scripts, monkeypatch, capsys):
    import layer_worker
    import models

    monkeypatch.setattr(layer_worker, "SECONDS", 0.001)
    monkeypatch.setattr(models, "BATCHES", (1, 2))
    models.worker("squeezenet1_1")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["batch"] for line in lines] == [1, 2]
    assert min(min(line["numpy"], line["torch"]) for line in lines) > 0
