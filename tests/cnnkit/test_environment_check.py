"""The start page's check says what is there, and survives what is not."""

import sys

import torch

from cnnkit.environment import Row, check


def test_everything_is_found_here():
    found = check()
    assert found, str(found)
    assert [row.what for row in found.rows] == [
        *("Python", "NumPy", "PyTorch", "GPU", "pictures", "widgets", "data"),
    ]


def test_a_missing_package_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    found = check()
    assert not found
    rows = {row.what: row for row in found.rows}
    assert "requirements.txt" in rows["PyTorch"].found
    assert "requirements.txt" in rows["widgets"].found
    assert (rows["PyTorch"].mark, rows["GPU"].mark, rows["NumPy"].mark) == ("✗", "–", "✓")


def test_a_gpu_may_be_missing():
    assert Row("GPU", False, "none", optional=True).mark == "–"


def test_a_gpu_that_cannot_compute_is_not_reported_as_working(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no kernel image is available\nCUDA kernel errors might be …")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "an old one")
    monkeypatch.setattr(torch, "ones", fail)
    [gpu] = [row for row in check().rows if row.what == "GPU"]
    assert gpu.mark == "–"
    assert "no kernel image is available; pytorch.org/get-started" in gpu.found


def test_the_table_is_html_in_a_notebook_and_text_elsewhere():
    found = check()
    assert found._repr_html_().count("<tr>") == len(found.rows)
    assert str(found).count("\n") == len(found.rows) - 1
