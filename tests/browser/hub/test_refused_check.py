"""The check service of a running hub, asked by a student for what it does not answer; each time it
answers what it should. (Each of its limits is tried in tests/attacks/test_check_*.py.)"""

import json
import shutil

import pytest

from tests.attacks import on_a_hub
from tests.attacks.hub import ask, head_of, sent
from tests.browser.hub.running import ADA, BEN, HOME, MARKS, NAME

pytestmark = MARKS
RELEASED = HOME / "exchange" / "cnn" / "outbound" / NAME / f"{NAME}.ipynb"


@pytest.fixture
def check(hub, people):
    """The service's address, as everybody on the machine reaches it."""
    return f"http://127.0.0.1:{hub.settings['CHECK_PORT']}/services/check"


@pytest.fixture
def place(check):
    return f"{check}/assignments/{NAME}"


def test_it_knows_a_student_by_the_token_alone(hub, people, place):
    own = on_a_hub.token_of(BEN)
    narrow = _made_token(hub, people[BEN], ["read:users:name!user"])
    for data in (b"{}", None):
        assert ask(place, "", data)[0] == 401
        assert ask(place, "0" * 32, data)[0] == 401
        assert ask(f"{place}?token={own}", "", data)[0] == 401
        assert ask(place, "", data, Cookie=f"jupyterhub-services={own}")[0] == 401
        assert ask(place, narrow, data)[0] == 403  # a token of the hub's, for something else
        assert ask(place, own, data)[0] == 200
    wide = _made_token(hub, people[BEN], ["access:services!service=check"])
    assert ask(place, wide)[0] == 200


def _made_token(hub, page, scopes):
    """One that somebody makes on the hub's own page for tokens."""
    made = page.context.new_page()
    made.goto(f"{hub.address}/hub/token")
    status, said = made.evaluate(
        """async ([name, scopes]) => {
          const answer = await fetch(`/hub/api/users/${name}/tokens`, {
            method: 'POST', body: JSON.stringify({scopes}),
            headers: {
              'X-XSRFToken': window.jhdata.xsrf_token, 'Content-Type': 'application/json'}});
          return [answer.status, await answer.json()];
        }""",
        [BEN, scopes],
    )
    made.close()
    assert status == 201, said
    return said["token"]


def test_what_is_too_large_is_refused_before_it_is_sent(place, check):
    for token, size, status in [
        (on_a_hub.token_of(BEN), 5 * 2**20, b"413"),
        ("0" * 32, 2**20, b"401"),
        (on_a_hub.token_of(BEN), 2**20, b"100"),
    ]:
        with head_of(check, token, size, "Expect: 100-continue", name=NAME) as connection:
            assert connection.recv(4096).split()[1] == status


def test_what_is_built_and_not_yet_released_is_not_answered(place, check):
    """As if it were not there: of a name that nobody has given a student learns nothing."""
    bundle, exam = HOME / "public" / f"{NAME}.json", HOME / "public" / "exam.json"
    content = json.loads(bundle.read_bytes()) | {"name": "exam"}
    shutil.copy(bundle, exam)  # with its mode
    exam.write_text(json.dumps(content))
    shutil.chown(exam, bundle.owner(), bundle.group())
    try:
        token, body = on_a_hub.token_of(BEN), sent(RELEASED.name, RELEASED.read_bytes())
        for data in (None, body):
            refused = ask(f"{check}/assignments/exam", token, data)
            assert refused[0] == 404
            assert refused == ask(f"{check}/assignments/nowhere", token, data)
            assert ask(place, token, data)[0] == 200
    finally:
        exam.unlink()


def test_its_account_reads_nothing_that_students_may_not_know(hub):
    """Should it be taken over."""
    account = hub.settings["CHECK"]
    closed = [path for path in on_a_hub.READ_BY_NOBODY if "check" not in path]
    for path in closed:
        code = f"open({str(HOME / path.format(other=ADA))!r})"
        assert "Permission denied" in on_a_hub.as_person(account, code), path
    for place in ("course", "exchange/cnn/inbound", f"homes/{ADA}"):
        code = f"os.listdir({str(HOME / place)!r})"
        assert "Permission denied" in on_a_hub.as_person(account, code), place
    assert not on_a_hub.as_person(account, f"open('{HOME}/public/{NAME}.json')")


def test_what_a_cell_says_is_no_markup_in_the_dialog(place):
    tree = json.loads(RELEASED.read_bytes())
    for cell in tree["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "predict":
            cell["source"] = "def predict(x, w, b):\n    raise ValueError('<img src=x>')"
    body = sent(RELEASED.name, json.dumps(tree).encode())
    said = ask(place, on_a_hub.token_of(BEN), body)[1]["value"]["failed"]
    told = [cell["error"] for cell in said if "img src" in cell["error"]]
    assert told
    assert not [error for error in told if "<" in error]


def test_who_asks_too_often_waits_and_nobody_else_does(place):
    """The last: for a minute it does not answer this student."""
    answers = [ask(place, on_a_hub.token_of(BEN), b"{}")[0] for _ in range(21)]
    assert set(answers) == {200, 429}
    assert answers[-1] == 429
    assert ask(place, on_a_hub.token_of(ADA), b"{}")[0] == 200
