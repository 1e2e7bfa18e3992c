"""Whether the nbgrader beside us is guarded: what a server started here would load and show."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.config import ExtensionConfigManager
from nbgrader.apps import NbGrader

GUARD = "autograder.hub"
ITSELF = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
)


def findings() -> Iterator[tuple[str, bool]]:
    """What protects nbgrader's pages, and whether it is there."""
    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions()
    yield "the form-grader is guarded by our server extension", bool(enabled.get(GUARD))
    for name in ITSELF:
        part = name.rpartition(".")[2]
        yield f"nbgrader's own {part} is loaded by it alone", not enabled.get(name)
    app = NbGrader()
    app.load_config_file()
    exporter = app.config.HTMLExporter
    shown = exporter.get("filters", {}).get("markdown2html", "") if exporter else ""
    yield "students' words are text in its pages", shown == "autograder.records.words.markdown"
