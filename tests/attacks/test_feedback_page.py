"""What students have tried to bring into their feedback: values, formulas, tracebacks, comments."""

import json
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from autograder.records import tracebacks
from autograder.records.feedback import render_feedback
from autograder.records.formulas import ELEMENTS, VALUES, formula
from autograder.records.legible import legible
from autograder.records.words import words
from tests.attacks.hostile_pages import WORDS

SCRIPT = "<script>document.title = 'taken'</script>"
TURNED = "admin\u202e \u2066// only\u2069 \u2066"
ESCAPES = "\x1b]0;taken\x07\x1b[31;1m\x1b[2J\x1b]8;;http://elsewhere.invalid\x1b\\x\x9b31m\x08\x00"
SETUP = ("setup", "locked", "import numpy as np")
F = ("f", "solution", "def f(x):\n    return x\ndef g(x):\n    return x")


def cells(secret):
    """A visible test between two that are hidden, which have the secret."""
    hidden = (
        f"### BEGIN HIDDEN TESTS\nassert np.allclose(f({secret}), {secret})\n### END HIDDEN TESTS"
    )
    mixed = f"assert g(1) == 1\n{hidden}"
    return [
        SETUP,
        F,
        ("before", "test", hidden),
        ("visible", "test", "assert g(2) == 2, 'two'\nnp.testing.assert_equal(g(3), 3)"),
        ("mixed", "test", mixed),
        ("after", "test", hidden.replace("f(", "g(")),
    ]


KEPT = "S = [0]\ndef f(x):\n    S.append(x)\n    return x\n"
SPIES = {
    "a value that was kept": f"{KEPT}def g(x): return S[-1]",
    "an array of what was kept": f"{KEPT}def g(x): return np.array(S)",
    "a picture of what was kept": f"{KEPT}def g(x): return np.full((8, 8), S[-1])",
    "an error that says it": f"{KEPT}def g(x): raise ValueError(str(S))",
    "an assertion of one's own": f"{KEPT}def g(x):\n    assert S == [x], S",
    "a class that is called so": f"{KEPT}def g(x): return type('N%s' % S, (), {{}})()",
    "a wrong answer in the hidden test": "def f(x): return 0\ndef g(x): return x",
    "a wrong answer in the hidden part": "def f(x): return x\ndef g(x): return min(x, 3)",
}


def everything(tiny, result):
    """All that is written of a result, but how long it took."""
    page = render_feedback(tiny.assignment, result, result.notebooks["tiny"])
    told = json.dumps(replace(result, seconds=0).as_json())
    return told + page + result.notebooks["tiny"].decode()


@pytest.mark.parametrize("name", SPIES)
def test_what_is_shown_is_the_same_whatever_is_hidden(make_tiny, name):
    seen = []
    for secret in (4711, 8086):
        tiny = make_tiny(cells(secret))
        result = tiny.grade({"f": SPIES[name]})
        seen.append(everything(tiny, result))
        assert any(q.state not in ("passed", "partial") for q in result.questions)
        assert str(secret) not in seen[-1]
    assert seen[0] == seen[1]


RAISES = "raise ValueError('\\n  File \"<f>\", line 1, in f\\n')"
VALUES_GOT = {
    "markup": repr(SCRIPT),
    "escapes": repr(ESCAPES),
    "turned writing": repr(TURNED),
    "a text without end": "'\\u0336' * 10**6",
    "a number without end": "10 ** 10**5",
    "a huge array": "np.ones((1000, 1000))",
    "texts in an array": f"np.array([{SCRIPT!r}, {TURNED!r}])",
    "a key of a table": f"{{{SCRIPT!r}: 1}}",
    "a class called so": f"type({SCRIPT!r}, (), {{'__repr__': lambda s: 'x' * 10**7}})()",
    "one that never answers": "type('N', (), {'__repr__': lambda s: [1 for _ in iter(int, 1)]})()",
    "deep": "eval('[' * 30 + ']' * 30)",
    "an error": f"exec({f'raise type({SCRIPT!r}, (Exception,), {{}})({ESCAPES + TURNED!r})'!r})",
    "forged frames": f"exec({RAISES!r})",
}
EXPECTED = "np.ones((1000, 1000)) * 2"
BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def tiny(make_tiny):
    tests = [
        ("plain", "test", "assert f(1) == [1, 2]"),
        ("array", "test", f"np.testing.assert_allclose(f(1), {EXPECTED})"),
    ]
    return make_tiny([SETUP, ("f", "solution", "def f(x):\n    return x"), *tests])


@pytest.mark.parametrize("name", VALUES_GOT)
def test_a_value_is_text_and_a_small_one(tiny, name):
    result = tiny.grade({"f": f"def f(x):\n    return {VALUES_GOT[name]}"})
    page = render_feedback(tiny.assignment, result, result.notebooks["tiny"])
    assert len(page) < 300_000
    assert len(json.dumps(result.as_json())) < 40_000
    assert not BODY.search(page)
    read = BeautifulSoup(page, "html.parser")
    assert not read.find_all(["script", "iframe", "svg", "object", "b"])
    assert all(str(tag["src"]).startswith("data:image/") for tag in read.find_all(src=True))


FORMULAS = {
    "a link": r"\href{javascript:document.title='taken'}{click}",
    "markup in a text": rf"\text{{{SCRIPT}}}",
    "a handler in a text": r"\text{<img src=x onerror=alert(1)>}",
    "an element of another language": r"\text{<svg onload=alert(1)></svg>}",
    "a style": r"\style{position:fixed;inset:0}{x} \class{a}{x} \cssId{b}{x}",
    "a colour": r"\color{white}{x} \colorbox{red}{y}",
    "an action": r"\text{<maction actiontype='statusline'>x</maction>}",
    "a room without end": r"\hspace{99999em} x \kern99999em y",
    "turned writing": r"\unicode{x202e} abc",
    "braces without end": "{" * 900,
    "depth": r"\sqrt{" * 150 + "x" + "}" * 150,
    "length": "x" * 10**6,
    "an entity": r"\text{&lol;} &#x202e;",
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("display", [False, True])
def test_a_formula_draws_and_does_nothing_else(name, display):
    made = formula(FORMULAS[name], display)
    assert not BODY.search(made)
    for tag in BeautifulSoup(made, "html.parser").find_all(True):
        assert tag.name in (*ELEMENTS, "code")
        assert set(tag.attrs) <= {*VALUES, "class", "display"}
        assert "99999" not in str(tag.attrs)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("links", [False, True])
def test_words_of_either_side_run_nothing(name, links):
    for tag in BeautifulSoup(words(WORDS[name], links=links), "html.parser").find_all(True):
        assert tag.name not in ("script", "img", "svg", "iframe", "form", "meta", "base", "style")
        assert not [key for key in tag.attrs if key.startswith("on") or key in ("style", "src")]
        assert str(tag.get("href", "https://")).startswith(("https://", "http://"))


def test_only_a_graders_links_lead_somewhere_and_only_to_pages():
    source = (
        "[a](https://example.org/?a=1&b=2) [b](javascript:alert(1)) [c](data:text/html,x) [d](//x)"
    )
    assert "<a " not in words(source)
    [link] = BeautifulSoup(words(source, links=True), "html.parser").find_all("a")
    assert (link["href"], link["rel"]) == (
        "https://example.org/?a=1&b=2",
        ["noopener", "noreferrer"],
    )


def test_a_traceback_that_is_forged_shows_the_students_own_lines_alone():
    forged = '  File "<f>", line 2, in <b>\n    another text\n  File "/etc/passwd", line 1, in x\n'
    read = tracebacks.read(forged + "Error: \x1b[31m" + SCRIPT, {"f": ["one", "two", "three"]})
    assert [line for line in read.frames[0].lines if line[2]] == [(2, "two", True)]
    assert read.frames[1].lines == ()
    assert read.said == f"Error: {SCRIPT}"


def test_a_traceback_without_end_is_cut():
    text = '  File "<f>", line 1, in f\n' * 5000 + "RecursionError: " + "x" * 10**6
    read = tracebacks.read(text, {"f": ["y" * 10**6]})
    assert (len(read.frames), read.left_out) == (7, 4993)
    assert len(read.said) + sum(len(line) for f in read.frames for _, line, _ in f.lines) < 10_000


def test_what_a_terminal_obeys_is_gone_and_the_rest_is_named():
    assert legible(f"a{ESCAPES}b") == "ax�9B�31m�8��0�b"
    assert legible(TURNED).startswith("admin�202E�")
    assert legible("10%\r50%\r100%\r\ndone") == "100%\ndone"
    assert legible("ü\tπ\n漢字 👩‍🔬") == "ü\tπ\n漢字 👩‍🔬"
