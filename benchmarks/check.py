"""How long a student waits for the check service: one student, a warm service, no answer known.

Beside a hub without a proxy (what many wait for at a time, `make bench-hub` measures):

    python benchmarks/check.py a3-convolution
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from autograder.authoring import demo  # noqa: E402
from autograder.authoring.public import public_bundle  # noqa: E402
from autograder.course.course import Course  # noqa: E402
from tests.attacks.hub import CHECKS, ask, hub_with_check, sent  # noqa: E402

PAUSE = 3.05  # seconds between two checks: a student has 20 a minute


def measured(url: str, token: str, name: str, bodies: Iterable[bytes], pause: float = 0) -> list:
    """Seconds of each check of an assignment; what is sent is all different."""
    seconds = []
    for body in bodies:
        begun = time.monotonic()
        status, said = ask(f"{url}/assignments/{name}", token, body)
        seconds.append(time.monotonic() - begun)
        assert status == 200, said
        time.sleep(pause)
    return seconds


def notebooks(course: Course, name: str, number: int) -> list[bytes]:
    """What a student sends whose answers are right, each time with another comment."""
    assignment = course.assignment(name)
    perfect = demo.perfect_notebook(course, assignment)
    file = f"{assignment.notebooks[0].name}.ipynb"
    edits = [(demo.add(f"# {n}"),) for n in range(number)]
    made = [demo.notebook_of(demo.Student("you", edit), perfect) for edit in edits]
    return [sent(file, content) for content in made]


def quantiles(seconds: list[float]) -> str:
    """p50, p95 and the longest."""
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return f"p50 {cuts[9]:.3f} s, p95 {cuts[18]:.3f} s, longest {max(seconds):.3f} s"


def main(name: str, number: int = 40) -> None:
    course = Course(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder, "public")
        public.mkdir()
        (public / f"{name}.json").write_bytes(public_bundle(course.assignment(name)))
        with hub_with_check(Path(folder), public, course.assignments, 20) as hub:
            token = hub.token("ada", CHECKS)
            first, *others = notebooks(course, name, number + 1)
            measured(hub.url, token, name, [first])
            print(name, quantiles(measured(hub.url, token, name, others, PAUSE)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
