"""Each lecture is run once; what came of it is shared by all tests."""

import copy
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

SECONDS = 60
# In the lecture's own kernel, after its last cell.
PROOF = """
import json
from cnnkit.lesson.proof import flaws
print(json.dumps({"flaws": flaws(lecture.asked), "questions": len(lecture.asked),
                  "predictions": len(lecture.predicted)}))
"""


@dataclass(frozen=True)
class Executed:
    """A lecture with its outputs, how long it took, and what its questions proved (empty where it
    asks none)."""

    notebook: NotebookNode
    seconds: float
    proof: dict[str, Any]


def asks(notebook: NotebookNode) -> bool:
    return any("lesson.begin(" in c.source for c in notebook.cells if c.cell_type == "code")


@pytest.fixture(scope="session", autouse=True)
def kernels() -> Iterator[None]:
    """The kernel of this environment, whatever others the user has installed."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "kernels"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KernelSpecManager, "kernel_dirs", [str(folder)])
        yield


@pytest.fixture(scope="session")
def execute(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Executed]:
    """Runs a lecture, with a data folder of its own for the reader's guesses."""

    @cache
    def run(path: Path) -> Executed:
        notebook = nbformat.read(path, as_version=4)
        if asks(notebook):
            notebook.cells.append(v4.new_code_cell(PROOF))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
            start = time.monotonic()
            where = {"metadata": {"path": path.parent}}
            NotebookClient(notebook, timeout=SECONDS, resources=where).execute()
        proof = json.loads(notebook.cells.pop().outputs[0].text) if asks(notebook) else {}
        return Executed(copy.deepcopy(notebook), time.monotonic() - start, proof)

    return run
