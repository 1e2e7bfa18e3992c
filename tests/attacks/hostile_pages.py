"""What students have tried to bring into pages that an instructor opens."""

import base64
import json
from pathlib import Path

from autograder.authoring.build import release
from autograder.course.course import Course
from autograder.grading.engine import grade_course
from tests.conftest import notebook, small_course

# Each sets the page's title, or asks the server for something, if a page obeys it.
SCRIPT = "document.title = 'taken'"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{SCRIPT}"><script>{SCRIPT}</script></svg>'
PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
).decode()
ADDRESS = "/formgrader?path=submitted/mallory/pages"  # nbgrader executes the configuration there
WORDS = {
    "script": f"<script>{SCRIPT}</script>",
    "handler": f'<img src="x" onerror="{SCRIPT}">',
    "svg": SVG,
    "frame": f'<iframe srcdoc="<script>parent.{SCRIPT}</script>"></iframe>',
    "form": f'<form action="{ADDRESS}"><button>Next</button></form>',
    "overlay": '<div style="position:fixed;inset:0;z-index:9999">10 / 10</div>',
    "style": "<style>input.score { display: none }</style>",
    "refresh": f'<meta http-equiv="refresh" content="0; url={ADDRESS}">',
    "base": '<base href="http://elsewhere.invalid/">',
    "picture": f"![]({ADDRESS})",
    "relative picture": "![](../../../formgrader?path=submitted/mallory/pages)",
    "reference": f"![a][b]\n\n[b]: {ADDRESS}",
    "javascript link": f"[click](javascript:{SCRIPT.replace(' ', '')})",
    "data link": f"[click](data:text/html;base64,{base64.b64encode(SVG.encode()).decode()})",
    "own attachment": "![](attachment:a.svg)",
    "mislabelled attachment": "![](attachment:b.png)",
    "real attachment": "![a dot](attachment:dot.png)",
    "in math": r"$\href{javascript:document.title='taken'}{\text{click}}$",
    "broken markup": f"<<script>script>{SCRIPT}<</script>/script>",
    "in code": f"```html\n<script>{SCRIPT}</script>\n```",
    "in a table": f"a | b\n--|--\n<script>{SCRIPT}</script> | ![]({ADDRESS})",
}
PARTS = "".join(  # what a page asks for by itself
    f"{before}{address}{after}"
    for address in ("/logout", "http://elsewhere.invalid/part")
    for before, after in [
        ('<img src="', '">'),
        ('<img srcset="', ' 2x">'),
        ('<video autoplay src="', '"></video>'),
        ('<link rel="stylesheet" href="', '">'),
        ('<link rel="prefetch" href="', '">'),
        ("<style>@import url(", ");</style>"),
        ('<body background="', '">'),
        ('<iframe src="', '"></iframe>'),
        ('<object data="', '"></object>'),
        ('<svg><image href="', '"/></svg>'),
        ('<script src="', '"></script>'),
        ('<meta http-equiv="refresh" content="0; url=', '">'),
    ]
)
ATTACHMENTS = {
    "a.svg": {"image/svg+xml": SVG},
    "b.png": {"image/png": base64.b64encode(SVG.encode()).decode()},
    "dot.png": {"image/png": PNG},
}
DRAWING = {  # JupyterLab draws it, and asks for its data by a script of its own
    "application/vnd.vegalite.v5+json": {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "hconcat": [
            {"mark": "point", "data": {"url": address}}
            for address in ("/logout", "http://elsewhere.invalid/data.json")
        ],
    }
}
NAME, STUDENT = "pages", "mallory"
CELLS = [
    ("f", "solution", "def f(x):\n    return x"),
    ("t", "test", "assert f(1) == 1"),
    ("why", "manual", "Why?"),
]


def hostile_course(root: Path) -> Course:
    """A course in which one student has handed in all of this, graded."""
    course = small_course(root, CELLS, NAME)
    assignment = course.assignment(NAME)
    release(course, assignment)
    hand_in(course.submitted / STUDENT / NAME, root / "taken")
    list(grade_course(course, assignment, [STUDENT]))
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(
            STUDENT, first_name=f"<script>{SCRIPT}</script>", last_name="O'Brien"
        )
    return course


def hand_in(folder: Path, mark: Path) -> None:
    """The hostile notebook, and beside it what nbgrader, a kernel or a browser would execute: a
    configuration and modules that make the file `mark`, pages and drawings with scripts."""
    folder.mkdir(parents=True)
    content = json.loads(notebook(CELLS))
    content["metadata"]["title"] = SVG
    content["metadata"]["language_info"] = {
        "name": SVG,
        "nbconvert_exporter": "antigravity.geohash",
    }
    answer = content["cells"][-1]
    answer["source"], answer["attachments"] = "\n\n".join(WORDS.values()), ATTACHMENTS
    for settings in ({}, {"grade_id": "foreign", "grade": True, "points": 9, "locked": True}):
        metadata = {"nbgrader": {"schema_version": 3, "solution": False, "task": False} | settings}
        more = {"cell_type": "markdown", "metadata": metadata if settings else {}, "id": "x"}
        content["cells"].append(more | {"source": answer["source"], "attachments": ATTACHMENTS})
    raw = {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "id": "r", "source": SVG}
    content["cells"].append(raw)
    shown = {"output_type": "display_data", "data": DRAWING, "metadata": {}}
    code = {"cell_type": "code", "metadata": {}, "id": "c", "source": "1", "outputs": [shown]}
    content["cells"].append(code | {"execution_count": 1})
    (folder / f"{NAME}.ipynb").write_text(json.dumps(content))
    mark_it = f"from pathlib import Path\nPath({str(mark)!r}).write_text('taken')\n"
    for name in ("nbgrader_config.py", "importlib.py", "ipykernel_launcher.py"):
        (folder / name).write_text(mark_it)
    (folder / "drawing.svg").write_text(SVG)
    (folder / "page.html").write_text(f"<script>{SCRIPT}</script>" + PARTS)
