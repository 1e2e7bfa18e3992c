"""An IPython shell without a terminal, whose outputs are collected as a notebook stores them."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets.config import Config

from autograder.sessions.syntax import as_it_is

MAX_OUTPUT = 1_000_000  # bytes of one cell's outputs, pictures included
MAX_TEXT = 50_000  # characters of one stream's text


class Display:
    """The outputs of the cell that is running, in nbformat's form."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.size = 0

    def end(self) -> list[dict[str, Any]]:
        """The outputs, joined and cut; none are collected until the next `begin`."""
        with contextlib.suppress(Exception):  # a cell may have put another in its place
            sys.stdout.flush()
        outputs = self.outputs
        self.begin()
        for output in outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
                del output["length"]
        return outputs

    def add(self, output: dict[str, Any], size: int) -> None:
        self.size += size
        if self.size <= MAX_OUTPUT:
            self.outputs.append(output)

    def write(self, name: str, text: str) -> None:
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") != "stream" or last.get("name") != name:
            last = {"output_type": "stream", "name": name, "text": [], "length": 0}
            self.add(last, 0)
        if last["length"] > MAX_TEXT:
            return
        room = MAX_TEXT - last["length"]
        last["text"].append(text[:room] if len(text) <= room else text[:room] + "\n… (cut)")
        last["length"] += len(text)


class Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, display: Display, name: str):
        self.display, self._name = display, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.display.write(self._name, text)
        return len(text)


def _mimebundle(data: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Plain text and pictures: what a notebook's reader is shown of a student's outputs."""
    kept = {k: v for k, v in data.items() if k in ("text/plain", "image/png") and type(v) is str}
    if "text/plain" in kept:
        kept["text/plain"] = kept["text/plain"][:MAX_TEXT]
    return kept, sum(map(len, kept.values()))


class _Publisher(DisplayPublisher):
    collector = AnyTrait()

    def publish(self, data: Any, *_: Any, **__: Any) -> None:
        kept, size = _mimebundle(data)
        self.collector.add({"output_type": "display_data", "data": kept, "metadata": {}}, size)


class _Hook(DisplayHook):
    collector = AnyTrait()

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():
            return
        data, _ = self.compute_format_data(result)
        self.update_user_ns(result)
        self.fill_exec_result(result)
        kept, size = _mimebundle(data)
        output = {"output_type": "execute_result", "data": kept, "metadata": {}}
        self.collector.add(output | {"execution_count": None}, size)


class _Compiler(CachingCompiler):
    """Names a cell's code by the cell, for tracebacks that a reader can follow."""

    cell_name = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<{self.cell_name}>"


class _Shell(InteractiveShell):
    """InteractiveShell as a library uses it: no history, no terminal, no event loop."""

    compiler_class = _Compiler
    displayhook_class = _Hook
    display_pub_class = _Publisher
    usual_transformers: Any = None

    def enable_gui(self, gui: Any = None) -> None:
        """Figures are drawn by the inline backend, which needs no loop."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Errors are reported by the session, not printed (nor laid out, which takes 10 ms)."""

    showsyntaxerror = showtraceback

    def transform_cell(self, raw_cell: str) -> str:
        """As IPython does it; what it would leave as it is, it is not asked about."""
        may_be_an_alias = len(raw_cell.splitlines()) < 2  # as `ls`
        if may_be_an_alias or self.transformers() != self.usual_transformers:
            return super().transform_cell(raw_cell)
        return as_it_is(raw_cell) or super().transform_cell(raw_cell)

    def transformers(self) -> list[Any]:
        """What a cell goes through, which an earlier cell may have changed."""
        manager = self.input_transformer_manager
        lists = [*vars(manager).values(), self.input_transformers_post]
        return [type(manager), *(one[:] if isinstance(one, list) else one for one in lists)]

    def should_run_async(self, raw_cell: str, **known: Any) -> bool:
        """Whether a cell awaits something outside its functions: not without one of the words."""
        cell = known.get("transformed_cell") or raw_cell
        asks = "await" in cell or "async" in cell
        return asks and super().should_run_async(raw_cell, **known)

    def system(self, cmd: str) -> None:
        """`!pip install …`: a program that fails stops no cell in Jupyter, and none here."""
        told = cmd.replace(sys.executable, "python")
        print(f"!{told}: no program is started while this is graded", file=sys.stderr)
        self.user_ns["_exit_code"] = 1

    def init_sys_modules(self) -> None:
        super().init_sys_modules()
        sys.modules["__main__"] = self.user_module


def make_shell(display: Display) -> _Shell:
    """The shell of the warm process, with its streams; what is slow the first time is done."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autoindent = False
    shell: Any = _Shell.instance(config=config, user_ns={})
    for part in (shell.displayhook, shell.display_pub):
        part.collector = display
    sys.stdout, sys.stderr = Stream(display, "stdout"), Stream(display, "stderr")
    shell.usual_transformers = shell.transformers()
    for source in ("1/0", "1 +", "1"):
        shell.run_cell(source, store_history=False)
    if "matplotlib" in sys.modules:
        shell.run_line_magic("matplotlib", "inline")  # as cells do: what it loads is loaded here
        shell.run_cell(
            "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()", store_history=False
        )
        shell.user_ns.pop("plt", None)
    display.begin()
    return shell
