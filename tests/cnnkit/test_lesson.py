"""A lecture's questions: what a person types is understood, and answered with the right words."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import lesson
from cnnkit.lesson import course, predictions, typed
from cnnkit.lesson.frame import opening
from cnnkit.lesson.markdown import html
from cnnkit.lesson.proof import flaws
from cnnkit.lesson.questions import Array, Choice, Number, Shape

NUMBERS = [
    ("2", 2), ("2.0", 2), (" −2 ", -2), ("1/2", 0.5), (".5", 0.5), ("50 %", 0.5), ("0,5", 0.5),
    ("1,000", 1000), ("1 000", 1000), ("1'000", 1000), ("1,234,567.5", 1234567.5), ("≈ 0.73", 0.73),
    ("about 3", 3), ("= 4", 4), ("1.6e9", 1.6e9), ("1.6 billion", 1.6e9), ("61 M", 61e6),
    ("1.6 · 10^9", 1.6e9), ("1.6 × 10^9", 1.6e9), ("2**10", 1024), ("10^(−3)", 0.001), ("4k", 4000),
    ("3*3*3", 27), ("-3/4", -0.75), ("3 · 4/6", 2),
]  # fmt: skip
NONSENSE = [
    "",
    "  ",
    "two",
    "1/0",
    "2^^3",
    "1..2",
    "9^9^9^9",
    "10^999",
    "nan",
    "inf",
    "1e999",
    "()",
]
NONSENSE += ["__import__('os').getcwd()", "1,2,3", "9" * 5000, "-8^.5", "\0", "<b>1</b>", "2;3"]


def hand():
    r"""$2 \cdot 3 - 4 = 2$."""
    return 2 * 3 - 4


def added():
    """You added the bias; the rule takes it away."""
    return 2 * 3 + 4


def output():
    """Six filters make six maps."""
    return 6, 28, 28


def padded():
    """That is with padding 2."""
    return 6, 32, 32


def table():
    """Row by row."""
    return np.array([[1, 2], [3, -4]])


def transposed():
    """Rows and columns are exchanged."""
    return table().T


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_is_understood_in_the_forms_that_people_type(text, value):
    assert typed.number(text) == pytest.approx(value)


def read_or_refused(read, text):
    """What was read, or the sentence instead."""
    try:
        return read(text)
    except typed.Unreadable as problem:
        return str(problem)


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_gets_a_sentence_and_never_a_traceback(text):
    for read in (typed.number, typed.shape, typed.array):
        found = read_or_refused(read, text)
        if isinstance(found, str):
            assert found.endswith(".")
            assert len(found) < 150
        else:  # a shape or numbers, if no number
            assert text in ("1,2,3", "2;3")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_in_words(text):
    for read in (typed.number, typed.shape, typed.array):
        found = read_or_refused(read, text)
        assert found if isinstance(found, str) else np.isfinite(found).all()


@given(st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-6))
def test_every_form_of_a_number_is_the_number(value):
    asked = Number("?", _doc(lambda: value), why_none="drawn at random")
    for form in asked.forms(value):
        assert typed.number(form) == pytest.approx(value, rel=1e-9, abs=1e-9)


def _doc(way):
    way.__doc__ = "Computed."
    return way


def test_a_unit_may_stand_there_or_not():
    assert typed.number("12 px", "px") == typed.number("12", "px") == 12
    assert typed.number("30", "%") == typed.number("30 %", "%") == typed.number("0.3", "%") == 0.3


def test_a_shape_is_understood_in_the_forms_that_people_type():
    for text in (
        "28x28",
        "28 × 28",
        "(28, 28)",
        "[28,28]",
        "28 28",
        "28*28",
        "torch.Size([28, 28])",
    ):
        assert typed.shape(text) == (28, 28)
    assert typed.shape("(3,)") == (3,)


def test_an_array_is_understood_in_the_forms_that_people_type():
    for text in ("1 2; 3 4", "[[1, 2], [3, 4]]", "[[1 2]\n [3 4]]", "array([[1., 2.], [3., 4.]])"):
        assert typed.array(text).tolist() == [[1, 2], [3, 4]]
    assert typed.array("1/2, 50%").tolist() == [0.5, 0.5]
    with pytest.raises(typed.Unreadable, match="2, 1 numbers"):
        typed.array("1 2; 3")


def test_right_is_right_and_a_known_mistake_gets_its_hint():
    question = Number("?", hand, (added,))
    assert question.reply("4/2").verdict == "right"
    assert question.reply("10") == (
        "mistake",
        "Not yet. You added the bias; the rule takes it away.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2.1", "a little too large"),
        ("3", "too large"),
        ("200", "too large, by a factor of about 100"),
        ("0.02", "too small, by a factor of about 100"),
        ("-2", "the sign is the other one"),
        ("-7", "the sign is wrong"),
        ("0", "too small"),
    ],
)
def test_another_number_is_told_how_far_off_it_is(text, said):
    assert Number("?", hand, (added,)).reply(text) == ("not yet", f"Not yet: {said}.")


def test_how_far_off_a_negative_number_is_goes_by_its_size():
    question = Number("?", _doc(lambda: -4), why_none="one number")
    assert "too near to 0" in question.reply("-1").text
    assert "too far from 0" in question.reply("-9").text


def test_another_shape_or_array_is_told_where():
    shape = Shape("?", output, (padded,))
    assert "it has 3 numbers, yours has 2" in shape.reply("28x28").text
    assert "not their order" in shape.reply("28x28x6").text
    assert "number 2 of 3 is too small" in shape.reply("6x27x28").text
    array = Array("?", table, (transposed,))
    assert "3 of 4 numbers are right; the one at [1, 1]" in array.reply("1 2; 3 4").text
    assert "it has 2 rows of 2, yours has 4 numbers" in array.reply("1 2 3 -4").text


def test_the_proof_holds_for_sound_questions():
    choice = Choice("?", _doc(lambda: "yes"), (_doc(lambda: "no"),), options=("yes", "no"))
    questions = [Number("?", hand, (added,)), Shape("?", output, (padded,)), choice]
    assert flaws([*questions, Array("?", table, (transposed,))]) == []


def test_the_proof_finds_a_hint_that_another_mistake_takes_away():
    def counted_twice():
        """You counted it twice."""
        return 10.0

    [first, *_] = flaws([Number("a question", hand, (added, counted_twice))])
    assert first.startswith("a question: ")
    assert "gets another hint" in first


def test_a_question_that_could_not_answer_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="why_none does not say why"):
        Number("?", hand)
    with pytest.raises(ValueError, match="no docstring"):
        Number("?", lambda: 2, why_none="a number")
    with pytest.raises(ValueError, match="gives the right answer"):
        Number("?", hand, (_doc(lambda: 2),))
    with pytest.raises(ValueError, match="'maybe' is no option, or no function says it"):
        Choice("?", _doc(lambda: "yes"), (), "x", options=("yes", "maybe"))


def test_formulas_need_nothing_but_the_browser_and_html_in_a_text_is_text():
    shown = html(r"With $w_1$ and $$\sum_i x_i$$ <script>1</script>")
    assert shown.count("<math") == 2
    assert "<script" not in shown
    broken = html("From $a\n + b$ it is\n$c$, and 5 $ are\nno formula, nor is 6 $.\n\n$d$")
    assert broken.count("<math") == 3
    assert "are\nno formula" in broken


@pytest.fixture
def lecture(tmp_path, monkeypatch):
    """A lecture of a small course, with a data folder of its own."""
    monkeypatch.setattr(predictions, "user_data_path", lambda name: tmp_path / "data" / name)
    (tmp_path / "lectures.toml").write_text(
        '[[lecture]]\nnumber = 1\ntitle = "One <b>"\nabout = "first"\nfile = "01-one.ipynb"\n'
        '[[lecture]]\nnumber = 2\ntitle = "Two"\nabout = "later"\n'
    )
    (tmp_path / "01-one.toml").write_text(
        'able = ["compute $w$"]\nminutes = [20, 60]\nshort_path = ["1", "3"]\n'
        'remember = ["$w$"]\nexercises = ["try"]\nsources = ["a book"]\n'
    )
    monkeypatch.chdir(tmp_path)
    return lesson.begin(1)


def test_a_lecture_begins_with_what_one_will_be_able_to_do_and_where_it_stands(lecture):
    entries = course.entries(course.folder_of_lectures())
    shown = opening(lecture.entry, lecture.about, entries)
    assert "60 minutes; 20 on the short path" in shown
    assert "One &lt;b&gt;" in shown
    assert "<math" in shown


def test_a_lecture_that_is_not_there_is_refused_by_number(lecture):
    with pytest.raises(ValueError, match="there is no lecture 2; there are 1"):
        lesson.begin(2)


def test_a_files_missing_line_is_named(lecture, tmp_path):
    (tmp_path / "01-one.toml").write_text('able = ["x"]\n')
    with pytest.raises(ValueError, match=r"01-one\.toml: .*minutes"):
        lesson.begin(1)


def test_the_worked_solution_is_offered_when_it_is_right_or_after_two_tries(lecture):
    asked = lecture.number("?", hand, added)
    for text, offered in (("nonsense", False), ("10", False), ("11", True)):
        asked.take(text)
        assert bool(asked.worked) == offered
    asked = lecture.number("?", hand, added)
    asked.take("2")
    assert asked.reply["verdict"] == "right"
    assert "<math" in asked.worked


def test_where_no_kernel_runs_a_question_stands_with_its_solution_folded(lecture):
    data, _ = lecture.choice(
        "Which?", ("a", "b"), _doc(lambda: "a"), _doc(lambda: "b")
    )._repr_mimebundle_()
    assert "Which?" in data["text/html"]
    assert "<details>" in data["text/html"]


def test_a_guess_is_kept_and_comes_back_beside_its_outcome(lecture, tmp_path):
    asked = lecture.predict("accuracy", "How many are right?", unit="%")
    assert "You have not guessed" in lecture.outcome("accuracy", 0.97).data
    asked.take("lots")
    assert asked.reply["verdict"] == "unreadable"
    asked.take("90 %")
    assert asked.reply["verdict"] == "kept"
    said = lecture.outcome("accuracy", 0.97).data
    assert "You guessed 90 %; it is <b>97 %</b>: 7 percentage points off" in said
    assert "<td>90 %</td><td>97 %</td>" in lecture.card().data
    assert lecture.predict("accuracy", "How many are right?", unit="%").typed == "90"
    assert json.loads((tmp_path / "data/cnnkit/predictions.json").read_text())["01"]["accuracy"]


def test_a_large_outcome_is_written_in_full(lecture):
    lecture.predict("characters", "How many?")
    assert "<b>100,355</b>" in lecture.outcome("characters", 100_355).data


def test_one_call_forgets_every_guess(lecture):
    lecture.predict("n", "How many?").take("3")
    assert lesson.forget() == "1 predictions forgotten."
    assert predictions.kept("01") == {}
    assert lesson.forget() == "Nothing was kept."


@pytest.mark.parametrize("content", ["", "[]", "{", '{"01": 3}', '{"01": {"n": 4}}'])
def test_a_damaged_file_of_guesses_is_as_none(lecture, content):
    predictions.path().parent.mkdir(parents=True, exist_ok=True)
    predictions.path().write_text(content)
    lecture.predict("n", "How many?").take("3")
    assert predictions.kept("01")["n"]["guess"] == 3


def test_an_outcome_of_what_was_not_asked_is_refused(lecture):
    with pytest.raises(KeyError, match="no prediction 'acuracy' was asked"):
        lecture.outcome("acuracy", 1)
