"""A small class, and what is done to its assignment (test_regrade.py)."""

import json

from autograder import cli
from autograder.authoring.build import release
from autograder.course.course import Course

SOLUTION = "def {0}(x):\n    ### BEGIN SOLUTION\n    return {1}\n    ### END SOLUTION"
CELLS = [
    ("setup", "locked", "# Numbres\nfactor = 2"),
    ("q1", "solution", SOLUTION.format("double", "2 * x")),
    ("q1_test", "test", "assert double(2) == 2 * factor"),
    ("q2", "solution", SOLUTION.format("half", "x / 2")),
    (
        "q2_test",
        "test",
        "assert half(2) == 1\n### BEGIN HIDDEN TESTS\nassert half(3) > 1\n### END HIDDEN TESTS",
    ),
    ("why", "manual", "Why?"),
]
ANSWERS = {
    "ada": {"q1": "def double(x): return 2 * x", "q2": "def half(x): return x / 2"},
    "bob": {"q1": "def double(x): return 2 * x", "q2": "def half(x): return (x + 1) // 2"},
    "eve": {"q1": "def double(x): return x * x", "q2": "def half(x): return x / 2"},
}
DUE = "duedate = 2026-01-01T22:00:00Z\n"
LATE = "eve"  # a day


def hand_in(root, student, answers):
    tree = json.loads((root / "assignments" / "t" / "t.ipynb").read_text())
    for cell in tree["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    folder = root / "submitted" / student / "t"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "t.ipynb").write_text(json.dumps(tree))
    day = "2026-01-02" if student == LATE else "2026-01-01"
    (folder / "timestamp.txt").write_text(f"{day} 20:00:00 UTC")


def run(root, command, *options):
    return cli.main([command, "t", "--course", str(root), *options])


def build(root, proved=False):
    """What `autograder build` does, its proofs included or not."""
    if proved:
        assert run(root, "build") == 0
    else:
        course = Course(root)
        release(course, course.assignment("t"))


def edit(root, change):
    """Change the instructor's notebook as in JupyterLab: the cells keep the ids of the format."""
    path = root / "solutions" / "t" / "t.ipynb"
    tree = json.loads(path.read_text())
    cells = {c["metadata"]["nbgrader"]["grade_id"]: c for c in tree["cells"]}
    tree["cells"] = list(change(cells))
    path.write_text(json.dumps(tree))


def text(cell, old, new):
    source = "".join(cell["source"])
    assert old in source
    cell["source"] = source.replace(old, new)


def settings(cell):
    return cell["metadata"]["nbgrader"]


def cancel(root, *names):
    path = root / "solutions" / "t" / "assignment.toml"
    rest = [line for line in path.read_text().splitlines() if "cancelled" not in line]
    path.write_text("\n".join([*([f"cancelled = {json.dumps(names)}"] if names else []), *rest]))


def book(root):
    """nbgrader's gradebook: score and maximum by student, points by question, words."""
    with Course(root).gradebook() as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions("t"):
            grades = [g for n in submission.notebooks for g in n.grades]
            words = [c for n in submission.notebooks for c in n.comments if c.manual_comment]
            found[submission.student.id] = {
                "score": submission.score,
                "of": submission.max_score,
                "late": submission.late_submission_penalty,
                "points": {g.name: g.score for g in grades},
                "by hand": {g.name: g.manual_score for g in grades if g.manual_score is not None},
                "waits": sorted(g.name for g in grades if g.needs_manual_grade),
                "words": {c.name: c.manual_comment for c in words},
            }
        return found
