"""Each lecture is run once; all tests look at that run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

from tests.lectures.notebooks import SECONDS

# Run in the lecture's own kernel, behind its last cell. What other programs do meanwhile does not
# count, and a lecture computes on one core.
SPENT = "import time; print(time.process_time())"
PROOF = """
import json
from cnnkit.lesson.proof import flaws
print(json.dumps({
    "flaws": flaws(lecture.asked),
    "questions": len(lecture.asked),
    "predictions": len(lecture.predicted),
}))
"""


@dataclass(frozen=True)
class Run:
    """A lecture that was run, in how many seconds of a processor, and what the proof of its
    questions found (None where it asks nothing)."""

    notebook: nbformat.NotebookNode
    seconds: float
    proof: dict[str, Any] | None


@pytest.fixture(scope="session")
def kernels() -> Any:
    """The kernel of this environment, whatever others the user has installed."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "kernels"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KernelSpecManager, "kernel_dirs", [str(folder)])
        yield


@pytest.fixture(scope="session")
def executed(kernels: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Run]:
    """Runs a lecture from top to bottom, with a data folder of its own for the guesses."""

    @cache
    def run(path: Path) -> Run:
        notebook = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": path.parent}}
        client = NotebookClient(notebook, timeout=SECONDS, resources=where)
        asks = any("lesson.begin(" in cell.source for cell in notebook.cells)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("guesses")))
            with client.setup_kernel():
                for index, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, index)

                def printed(source: str) -> str:
                    notebook.cells.append(nbformat.v4.new_code_cell(source))
                    client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
                    return str(notebook.cells.pop().outputs[0].text)

                seconds = float(printed(SPENT))
                proof = json.loads(printed(PROOF)) if asks else None
        return Run(notebook, seconds, proof)

    return run
