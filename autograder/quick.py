"""Imported first by the command line, so that it starts in one second instead of two.

jsonschema, which nbgrader imports, compiles a grammar of web addresses if `rfc3987_syntax` is there
(JupyterLab brings it). That takes a second, for a check that no notebook needs.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
