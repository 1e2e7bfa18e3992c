"""A lecture's questions in JupyterLab in a real browser: typed, chosen and answered."""

import nbformat
import pytest
from nbformat import v4
from playwright.sync_api import Page, expect

from gallery.explorers import set_theme
from gallery.lab import run_all, scroll_to, serve
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = {
    "begin": "from cnnkit import lesson\n\nlecture = lesson.begin(1)",
    "number": '''
def answer():
    r"""$2 \\cdot 3 - 4 = 2$."""
    return 2 * 3 - 4


def added():
    """You have added the bias $b$; the rule takes it away."""
    return 2 * 3 + 4


lecture.number("What is $w x - b$ for $w = 2$, $x = 3$ and $b = 4$?", answer, added)
''',
    "claim": '''
def really():
    """Two windows see it, the others do not."""
    return "false"


def believed():
    """Count the windows that see a corner."""
    return "true"


lecture.true_or_false("Padding makes all pixels count equally.", really, believed)
''',
    "guess": 'lecture.predict("accuracy", "How many of the digits will be right?", unit="%")',
    "card": "lecture.card()",
}
TABLE = '[[lecture]]\nnumber = 1\ntitle = "One"\nabout = "first"\nfile = "01-one.ipynb"\n'
ABOUT = """able = ["compute $w^\\\\top x$"]
minutes = [20, 60]
short_path = ["1", "3"]
remember = ["the rule"]
exercises = ["try another $w$"]
sources = ["a book"]
"""


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("lectures"), tmp_path_factory.mktemp("home")
    made = v4.new_notebook(cells=[v4.new_code_cell(s.strip(), id=n) for n, s in CELLS.items()])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(made, folder / "01-one.ipynb")
    (folder / "lectures.toml").write_text(TABLE)
    (folder / "01-one.toml").write_text(ABOUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home / "data"))  # the guesses
        with serve(folder, home) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.set_default_timeout(60_000)
            run_all(page, address, "01-one.ipynb")
            yield page
            page.close()


def asked(page: Page, words: str):
    scroll_to(page, f".cnnkit-question:has-text('{words}')")
    return page.locator(f".cnnkit-question:has-text('{words}')").first


def test_a_typed_answer_is_answered_at_once_by_the_keyboard_alone(notebook):
    question = asked(notebook, "What is")
    field = question.get_by_role("textbox", name="Your answer: number")
    assert question.locator("math").count() == 4
    for typed, said in (
        ("10", "the rule takes it away"),
        ("eleven", "“eleven” is no number"),
        ("2000", "too large, by a factor of about 1,000"),
    ):
        assert not question.locator("details").is_visible()
        field.fill(typed)
        field.press("Enter")
        expect(question.get_by_role("status")).to_contain_text(said)
    expect(question.get_by_text("The worked solution")).to_be_visible()  # after two tries
    field.fill("4/2")
    field.press("Enter")
    expect(question.get_by_role("status")).to_contain_text("Right.")


def test_a_choice_is_answered_with_its_own_hint(notebook):
    question = asked(notebook, "Padding makes")
    question.get_by_role("button", name="Check").click()
    expect(question.get_by_role("status")).to_contain_text("Choose one")
    question.get_by_text("true", exact=True).click()
    question.get_by_role("button", name="Check").click()
    expect(question.get_by_role("status")).to_contain_text("Count the windows")
    question.get_by_text("false", exact=True).click()
    question.get_by_role("button", name="Check").click()
    expect(question.get_by_role("status")).to_contain_text("Right.")


def test_a_guess_is_kept(notebook):
    question = asked(notebook, "How many of the digits")
    question.get_by_role("textbox").fill("90")
    question.get_by_role("button", name="Keep").click()
    expect(question.get_by_role("status")).to_contain_text("Kept.")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_of_a_question_is_cut_off(notebook, theme, width):
    set_theme(notebook, theme)
    notebook.set_viewport_size({"width": width, "height": 1400})
    question = asked(notebook, "What is")
    for part in question.locator("input, button, .reply, .ask").all():
        assert part.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    notebook.screenshot(path=SCREENSHOTS / f"questions-{width}.png")
