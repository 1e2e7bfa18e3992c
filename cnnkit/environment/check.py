"""Whether everything that the course needs is there: what the start page shows."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

INSTALL = "run `pip install --requirement requirements.txt` in the course's folder"
BUILD = "pytorch.org/get-started names the build of PyTorch for yours"


@dataclass(frozen=True)
class Row:
    """One need: what was found, or what to do about it. `optional` ones may be missing."""

    what: str
    ok: bool
    found: str
    optional: bool = False

    @property
    def mark(self) -> str:
        return "✓" if self.ok else "–" if self.optional else "✗"


@dataclass(frozen=True)
class Check:
    """A table of needs, as text and as HTML; true if nothing that is needed is missing."""

    rows: tuple[Row, ...]

    def __bool__(self) -> bool:
        return all(row.ok or row.optional for row in self.rows)

    def __str__(self) -> str:
        width = max(len(row.what) for row in self.rows)
        return "\n".join(f"{row.mark} {row.what:{width}}  {row.found}" for row in self.rows)

    def _repr_html_(self) -> str:
        colours = {"✓": "#0b6e4f", "–": "#57606a", "✗": "#b42318"}
        rows = "".join(
            f'<tr><td style="color:{colours[row.mark]};font-weight:bold">{row.mark}</td>'
            f'<td style="text-align:left">{escape(row.what)}</td>'
            f'<td style="text-align:left">{escape(row.found)}</td></tr>'
            for row in self.rows
        )
        return f'<table class="environment-check">{rows}</table>'


def check() -> Check:
    """Look for Python, NumPy, PyTorch, a GPU, widgets, pictures and data. Never raises."""
    return Check(
        (
            Row("Python", True, platform.python_version()),
            _need("NumPy", lambda: _version("numpy")),
            _need("PyTorch", lambda: _version("torch")),
            _gpu(),
            _need("pictures", lambda: f"Matplotlib {_version('matplotlib')}"),
            _need("widgets", lambda: f"ipywidgets {_version('ipywidgets')}"),
            _need("data", _photograph),
        )
    )


def _need(what: str, find: Callable[[], str]) -> Row:
    try:
        return Row(what, True, find())
    except Exception as error:  # a broken installation raises anything
        return Row(what, False, f"{type(error).__name__}: {error}; {INSTALL}")


def _version(module: str) -> str:
    return importlib.import_module(module).__version__


def _gpu() -> Row:
    try:
        torch = importlib.import_module("torch")
        if torch.cuda.is_available():
            torch.ones(1, device="cuda").sum().item()  # a build may have no code for this GPU
            return Row("GPU", True, torch.cuda.get_device_name())
        if torch.backends.mps.is_available():
            return Row("GPU", True, "Apple")
    except Exception as error:
        reason = str(error).partition("\n")[0]
        return Row("GPU", False, f"{type(error).__name__}: {reason}; {BUILD}", optional=True)
    return Row("GPU", False, f"none found, none needed; {BUILD}", optional=True)


def _photograph() -> str:
    photo = importlib.import_module("skimage.data").astronaut()
    return f"a photograph of {photo.shape[0]}×{photo.shape[1]} pixels, without a network"
