"""Whether everything that the course needs is there: every package, weight and data set."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import escape
from importlib.metadata import version
from pathlib import Path

INSTALL = (
    "run `%pip install --requirement ../requirements.txt` in a cell here, then restart the kernel"
)
BUILD = "pytorch.org/get-started names the build of PyTorch for yours"
# What pyproject.toml requires, by the name under which it is imported, and what it is there for.
PACKAGES = {
    "numpy": "NumPy: layers",
    "torch": "PyTorch: their twins",
    "matplotlib": "Matplotlib: pictures",
    "scipy": "SciPy: blur and zoom",
    "skimage": "scikit-image: photographs",
    "PIL": "Pillow: files of pictures",
    "sklearn": "scikit-learn: digits of 8×8",
    "ipywidgets": "ipywidgets: sliders",
    "anywidget": "anywidget: explorers",
    "traitlets": "traitlets: explorers",
    "IPython": "IPython: what a cell shows",
    "mistune": "Mistune: the text of questions",
    "latex2mathml": "latex2mathml: their formulas",
    "nbformat": "nbformat: notebooks as files",
    "nbconvert": "nbconvert: lectures as pages",
    "jinja2": "Jinja: those pages",
    "tqdm": "tqdm: progress",
    "platformdirs": "platformdirs: where downloads are kept",
    "filelock": "filelock: downloads, one at a time",
    "threadpoolctl": "threadpoolctl: lectures on one core",
}


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
    """Look for Python, packages, a GPU, weights and data. Never raises, and downloads nothing."""
    packages = [_need(what, partial(_version, module)) for module, what in PACKAGES.items()]
    return Check(
        (
            Row("Python", True, platform.python_version()),
            *packages,
            _need("JupyterLab: notebooks", partial(version, "jupyterlab")),  # slow to import
            _gpu(),
            _need("a photograph", _photograph),
            *_rows("trained networks", _shipped),
            *_rows("weights and data in packages", _packaged),
            *_rows("complete data sets", _complete),
        )
    )


def _need(what: str, find: Callable[[], str]) -> Row:
    try:
        return Row(what, True, find())
    except Exception as error:  # a broken installation raises anything
        return Row(what, False, f"{type(error).__name__}: {error}; {INSTALL}")


def _rows(what: str, find: Callable[[], Iterator[Row]]) -> list[Row]:
    """Several rows, or one that says why there are none."""
    try:
        return list(find())
    except Exception as error:
        return [Row(what, False, f"{type(error).__name__}: {error}; {INSTALL}")]


def _version(module: str) -> str:
    """Its version, after an import that shows whether it works."""
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


def _shipped() -> Iterator[Row]:
    """The networks that come with cnnkit, trained."""
    from cnnkit.models.shipped import trained_names, weights_path

    missing = [name for name in trained_names() if not weights_path(name).is_file()]
    again = "unpack the course again"
    found = f"{', '.join(missing)} missing: {again}" if missing else f"{len(trained_names())}"
    yield Row("trained networks", not missing, found)


def _packaged() -> Iterator[Row]:
    """Weights, names and digits that come inside packages which are installed for them alone."""
    from cnnkit.data.catalogue import BUNDLED
    from cnnkit.data.files import packaged
    from cnnkit.models.pretrained import PACKAGES as CARRIERS

    for what, carrier in CARRIERS.items():
        yield _carried(what, carrier.find, carrier.command)
    for name, source in BUNDLED.items():
        find = partial(packaged, source.package, source.path)
        yield _carried(f"data set {name}", find, source.hint)


def _carried(what: str, find: Callable[[], Path | None], command: str) -> Row:
    try:
        path = find()
    except (OSError, ValueError) as broken:
        return Row(what, False, f"{broken}; run `%{command} --force-reinstall` in a cell here")
    return Row(
        what, path is not None, path.name if path else f"missing: run `%{command}` in a cell here"
    )


def _complete() -> Iterator[Row]:
    """Data sets that are larger than a package: fetched by whoever asks for them."""
    from cnnkit.data.catalogue import COLLECTIONS, is_here

    for name, collection in COLLECTIONS.items():
        later = f"not here; fetched when it is asked for, or {collection.hint}"
        here = is_here(name)
        yield Row(f"data set {name}", here, "here" if here else later, optional=True)
