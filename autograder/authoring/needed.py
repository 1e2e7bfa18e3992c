"""What students install: what cnnkit needs, and *Validate*; nothing of ours besides."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import metadata
from string import Template

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALSO = {"nbgrader": "Validate, the button above an assignment"}
HEAD = """\
# Exact pins; `python3 start.py` installs them.
# PyTorch: this takes the build that your package index offers, on Linux the one for NVIDIA's cards,
# which is large. `start.py --torch-index` takes another, as pytorch.org/get-started lists them."""
COURSE, ALONG = "# What the course needs", "# What these bring along"
OURS = "# What only tests and benchmarks look at"  # in requirements-data.txt, to its end


def students_project(text: str, template: str) -> str:
    """pyproject.toml for cnnkit alone, from ours."""
    whole = tomllib.loads(text)
    project = whole["project"]
    return Template(template).substitute(
        version=project["version"],
        python=project["requires-python"],
        dependencies="\n".join(f'    "{line}",' for line in project["dependencies"]),
        data=str(whole["tool"]["setuptools"]["package-data"]["cnnkit"]).replace("'", '"'),
    )


def students_requirements(text: str) -> str:
    """requirements.txt with what the course needs, and what that brings along."""
    _, _, course = text.partition(f"{COURSE}\n")
    course = course.partition("\n\n")[0]
    pins = {_key(line): line for line in text.splitlines() if "==" in line}
    also = [f"{pins[name].partition('#')[0].rstrip():26} # {why}" for name, why in ALSO.items()]
    direct = {_key(line) for line in [*course.splitlines(), *also]}
    along = [pins[name] for name in sorted(brought_along(direct) - direct) if name in pins]
    bare = [line.partition("#")[0].rstrip() for line in along]
    return "\n".join([HEAD, "", COURSE, course, *also, "", ALONG, *bare, ""])


def students_data(text: str) -> str:
    """requirements-data.txt without what only our tests read."""
    return text.partition(OURS)[0].rstrip() + "\n"


def brought_along(names: Iterable[str]) -> set[str]:
    """These packages and all that they require, as they are installed here."""
    found: set[tuple[str, str]] = set()
    todo = [(name, "") for name in names]
    while todo:
        name, extra = asked = todo.pop()
        if asked in found:
            continue
        try:
            requires = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:  # for another system than this
            continue
        found.add(asked)
        for requirement in map(Requirement, requires):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                other = canonicalize_name(requirement.name)
                todo += [(other, ""), *((other, part) for part in requirement.extras)]
    return {name for name, _ in found}


def _key(line: str) -> str:
    return canonicalize_name(line.partition("==")[0])
