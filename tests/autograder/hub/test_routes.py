"""Every door of nbgrader's is behind ours; a later nbgrader that has others is noticed."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.server_extensions import formgrader, validate_assignment
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from autograder.hub.extension import grading
from autograder.hub.formgrader import Guarded, Pictures, guarded
from autograder.hub.handed_in import rules
from autograder.hub.protection import findings

# What was read before it was guarded: nbgrader 0.9.6. Where it differs, read the changes: does a
# route take an address or a name that nothing checks, does a template show words unescaped?
READ = "8443ad83ca29652bed7aaa9d8abd5dbfe909da0842a638204ac8d7575ef3f290"


def digest():
    """Of the code, the templates and the scripts of nbgrader's two extensions."""
    found = hashlib.sha256()
    for package in (formgrader, validate_assignment):
        folder = Path(package.__file__).parent
        for path in sorted(folder.rglob("*")):
            ours = path.suffix in (".py", ".tpl", ".j2", ".js") and "node_modules" not in path.parts
            if ours:
                found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def test_nbgrader_is_the_one_that_was_read():
    assert digest() == READ


ROUTES = (*handlers.default_handlers, *apihandlers.default_handlers)


@pytest.mark.parametrize("pattern", [pattern for pattern, *_ in ROUTES])
def test_every_route_of_nbgraders_is_guarded(pattern):
    [handler] = [handler for other, handler, *_ in guarded() if other == pattern]
    if issubclass(handler, BaseHandler):
        assert issubclass(handler, Guarded | Pictures)
        assert handler.__mro__.index(Guarded) < handler.__mro__.index(BaseHandler)
    else:
        assert handler.__name__ == "StaticFileHandler"


def test_our_buttons_are_asked_first():
    names = [handler.__name__ for _, handler, *_ in grading()]
    assert names[:5] == ["Autograde", "Feedback", "Feedback", "Scores", "Score"]


@pytest.mark.parametrize(
    ("path", "part", "answered_by"),
    [
        ("view/submitted/ada/t/page.html", "document", ["Refused"]),
        ("files/submitted/ada/t/t.ipynb", "document", ["Download"]),
        ("files/solutions/t/t.ipynb", "document", []),
        ("logout", "image", ["Refused", "Refused"]),
        ("static/logo.png", "image", []),
    ],
)
@pytest.mark.parametrize("base", ["/", "/user/ada/"])
def test_the_doors_hold_below_a_hubs_address_and_where_the_course_cannot_be_read(
    base, path, part, answered_by
):
    headers = HTTPHeaders({"Host": "hub", "Sec-Fetch-Dest": part})
    line = RequestStartLine("GET", base + path, "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=headers)
    found = [rule for rule in rules({"base_url": base}) if rule.matcher.match(request) is not None]
    assert [rule.target.__name__ for rule in found] == answered_by


def test_the_installed_environment_is_protected():
    assert [finding for finding, fine in findings() if not fine] == []


def test_without_our_configuration_it_is_said(tmp_path):
    code = "import json; from autograder.hub.protection import findings; "
    code += "print(json.dumps(list(findings())))"
    folder = tmp_path / "jupyter_server_config.d"
    folder.mkdir()
    stock = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}}
    stock["ServerApp"]["jpserver_extensions"]["autograder.hub"] = False
    (folder / "z.json").write_text(json.dumps(stock))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"JUPYTER_CONFIG_PATH": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    said = dict(json.loads(done.stdout.splitlines()[-1]))
    assert not said["the form-grader is guarded by our server extension"]
    assert not said["nbgrader's own formgrader is loaded by it alone"]
