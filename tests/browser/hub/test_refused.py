"""What a second student gets of the first's, of the course and of the hub: nothing. (The attempts
stand in tests/attacks/on_a_hub.py.)"""

import pytest

from tests.attacks import on_a_hub
from tests.browser.hub.running import ADA, BEN, HOME, MARKS, NAME, SCREENSHOTS

pytestmark = MARKS


@pytest.mark.parametrize("path", on_a_hub.READ_BY_NOBODY)
def test_nobody_else_reads(hub, people, path):
    path = HOME / path.format(other=ADA)
    assert path.exists()
    assert "Permission denied" in on_a_hub.as_person(
        BEN, f"print(open({str(path)!r}, 'rb').read())"
    )


@pytest.mark.parametrize("path", on_a_hub.LISTED_BY_NOBODY)
def test_nobody_else_lists(hub, people, path):
    path = HOME / path.format(other=ADA)
    assert path.is_dir()
    assert "Permission denied" in on_a_hub.as_person(BEN, f"print(os.listdir({str(path)!r}))")


@pytest.mark.parametrize("path", on_a_hub.WRITTEN_BY_NOBODY)
def test_nobody_else_writes(hub, people, path):
    path = HOME / path
    assert path.exists()
    for code in (f"open({str(path)!r}, 'ab')", f"os.rename({str(path)!r}, {str(path)!r} + '.old')"):
        assert "Permission denied" in on_a_hub.as_person(BEN, code)


@pytest.mark.parametrize("what", on_a_hub.ASKED)
def test_the_token_of_a_students_server_gets_nothing_of(hub, people, what):
    port, method, path, body = on_a_hub.ASKED[what]
    path = path.format(other=ADA, me=BEN)
    body = body and body.replace(b"{me}", BEN.encode())
    address = f"http://127.0.0.1:{hub.settings[port]}{path}"
    assert on_a_hub.status(address, method, body, on_a_hub.token_of(BEN)) in (302, 403, 404)


def test_the_check_service_knows_the_student_by_the_token_alone(hub, people):
    address = f"http://127.0.0.1:{hub.settings['CHECK_PORT']}/services/check/assignments/{NAME}"
    own = on_a_hub.token_of(BEN)
    assert on_a_hub.status(address, "POST", b"{}") in (401, 403)
    assert on_a_hub.status(address, "POST", b"{}", "0" * 32) in (401, 403)
    assert on_a_hub.status(address, "POST", b"{}", own) == 200  # which says what is missing


def test_anothers_environment_is_not_to_be_read(people):
    code = """
for name in os.listdir('/proc'):
    try:
        if name.isdigit() and os.stat('/proc/' + name).st_uid != os.getuid():
            print(open(f'/proc/{name}/environ').read())
    except OSError:
        pass
"""
    assert "TOKEN" not in on_a_hub.as_person(BEN, code)
    assert "TOKEN" in on_a_hub.as_person(BEN, code.replace("!=", "=="))


@pytest.mark.parametrize("port", on_a_hub.PORTS)
def test_nobody_can_listen_in_a_services_place(hub, port):
    def listening(number):
        return on_a_hub.as_person(BEN, on_a_hub.LISTEN.format(port=number)).split("\n")[:-1]

    assert listening(hub.settings[port]) == ["Permission denied"] * 3
    assert listening(0) == ["bound"] * 3


@pytest.mark.parametrize("where", ["another's server", "the form-grader"])
def test_in_the_browser_it_is_refused(hub, people, where):
    address = {
        "another's server": f"http://{ADA}.hub.localhost:{hub.settings['PORT']}/user/{ADA}/lab",
        "the form-grader": hub.formgrader,
    }[where]
    page = people[BEN].context.new_page()
    answer = page.goto(address)
    assert answer.status == 403
    page.screenshot(path=SCREENSHOTS / f"hub-refused-{where.split()[-1]}.png")
    page.close()
