"""The command line starts without what it does not use, and whoever asks for that gets it."""

import json
import subprocess
import sys

import pytest

from autograder import quick

HEAVY = (
    *("nbconvert.exporters.html", "nbclient", "jupyter_client", "bleach", "bs4", "requests"),
    *("IPython.core.interactiveshell", "setuptools", "jupyter_server", "lark", "arrow", "jinja2"),
)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout


def test_grading_starts_without_servers_exporters_kernels_and_pages():
    loaded = (
        "import sys, json; from autograder import cli, commands; print(json.dumps([*sys.modules]))"
    )
    assert not set(json.loads(run(loaded))) & {*HEAVY}


@pytest.mark.parametrize("package", quick.PACKAGES)
def test_a_package_that_waits_gives_what_the_real_one_has(package):
    code = f"""
import importlib, sys
from autograder import quick
waiting = importlib.import_module({package!r})
assert type(waiting) is quick.Later
early = {{name: getattr(waiting, name) for name in [*waiting._homes]}}
real = waiting._now()
assert real is sys.modules[{package!r}] and type(real) is not quick.Later
known = {{name: it for name, it in early.items() if type(it) is not quick.Later}}
others = [name for name, it in known.items() if getattr(real, name) is not it]
print(len(early), others)
for name in getattr(real, "__all__", ()):
    getattr(real, name)
"""
    number, others = run(code).split(" ", 1)
    assert int(number)
    assert others.strip() == "[]"


@pytest.mark.parametrize(
    "chain",
    [
        "nbgrader.preprocessors.ClearSolutions",
        "nbgrader.auth.JupyterHubAuthPlugin",
        "nbconvert.exporters.HTMLExporter",
        "nbconvert.preprocessors.execute.ExecutePreprocessor",
        "IPython.core.magic.Magics",
        "IPython.display.HTML",
    ],
)
@pytest.mark.sample(2)
def test_what_is_reached_by_the_names_of_packages_is_there_before_and_after_they_are_run(chain):
    module = chain.rpartition(".")[0]
    code = "from autograder import cli, commands\n"  # which import IPython.core under its stand-in
    assert run(f"{code}import {module}\nprint({chain}.__name__)")
    package = chain.partition(".")[0]
    now = f"import {package}\n{package}.__version__\n"
    assert run(f"{code}{now}import {module}\nprint({chain}.__name__)")


def test_who_looks_over_all_modules_imports_none():
    looks = "import sys; [hasattr(m, '__wrapped__') for m in [*sys.modules.values()]]"
    loaded = "import json; print(json.dumps([*sys.modules]))"
    code = f"from autograder import cli, commands; {looks}; {loaded}"
    assert not set(json.loads(run(code))) & {*HEAVY}


def test_two_threads_that_ask_at_once_get_one_package():
    code = """
import sys, threading
from autograder import cli, commands
import nbconvert, nbgrader.preprocessors
got = []
def ask(): got.append(nbgrader.preprocessors.__all__)
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(got), len({id(names) for names in got}))
"""
    assert run(code).split() == ["8", "1"]


def test_what_no_module_of_a_package_has_is_asked_of_the_package():
    assert run("from autograder import quick; import nbconvert; print(nbconvert.__version__)")
    assert "AttributeError" in run(
        "from autograder import quick; import nbconvert\n"
        "try: nbconvert.nonsense\nexcept AttributeError as e: print(type(e).__name__)"
    )


def test_an_archive_is_unpacked_by_a_function_that_was_asked_for_early(tmp_path):
    code = f"""
from autograder import quick
from nbgrader.utils import unpack_archive
import pathlib, zipfile
with zipfile.ZipFile({str(tmp_path / "a.zip")!r}, "w") as file: file.writestr("in/it", "here")
unpack_archive({str(tmp_path / "a.zip")!r}, {str(tmp_path / "out")!r})
"""
    run(code)
    assert (tmp_path / "out/in/it").read_text() == "here"
