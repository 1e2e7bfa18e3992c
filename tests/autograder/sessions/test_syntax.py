"""Texts are read by several gradings beside each other."""

import gc
import sys
import threading
from pathlib import Path

import pytest

from autograder.sandbox import packages
from autograder.sessions import syntax
from tests.conftest import ROOT

TEXT = (ROOT / "autograder" / "course" / "rules.py").read_text() * 3


class Busy:
    """What Python calls in the middle of its own work, where another thread may take its turn."""

    def __del__(self):
        sum(range(100))


@pytest.fixture
def restless():
    """Threads that take turns as often as they can, and a collector that runs all the time."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


PARSERS = {
    "texts": lambda: syntax.parse(TEXT),
    "what packages require": lambda: packages.needs(["matplotlib", "IPython", "nbconvert"]),
}


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("other", PARSERS)
def test_texts_are_parsed_in_several_threads_without_disturbing_each_other(other):
    """Beside what parses something else."""
    raised = []

    def work(number):
        for _ in range(40):
            circle = [Busy()]
            circle.append(circle)
            del circle
            try:
                PARSERS["texts" if number % 2 else other]()
            except SystemError as error:
                raised.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


def test_the_grader_parses_in_this_way_alone():
    calls = [
        path.relative_to(ROOT)
        for path in (ROOT / "autograder").rglob("*.py")
        if "ast.parse(" in path.read_text().replace("`ast.parse`", "")
    ]
    assert calls == [Path("autograder/sessions/syntax.py")]
