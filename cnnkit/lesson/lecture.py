"""A lecture: its frame, the questions that it asks, the predictions that it keeps."""

from __future__ import annotations

import math
from typing import Any

from IPython.display import HTML, display

from cnnkit.cores import use_one_core
from cnnkit.lesson import course, frame, predictions, typed
from cnnkit.lesson.questions import Array, Choice, Number, Question, Shape, Way
from cnnkit.lesson.verdict import Reply
from cnnkit.lesson.widget import Asked


def begin(number: int) -> Lecture:
    """Show the frame of the lecture of this number, and give what it asks with. From then on the
    lecture computes on one core (cores.py).

    ValueError: the course has no such lecture, or its file is wrong.
    """
    folder = course.folder_of_lectures()
    everything = course.entries(folder)
    found = [entry for entry in everything if entry.number == number and entry.file]
    if not found:
        there = ", ".join(str(entry.number) for entry in everything if entry.file)
        raise ValueError(f"there is no lecture {number}; there are {there}")
    about = course.about(folder, found[0])
    use_one_core()
    display(HTML(frame.opening(found[0], about, everything)))
    return Lecture(found[0], about)


class Lecture:
    """What a lecture's cells ask with. `asked` are its questions so far, for the tests."""

    def __init__(self, entry: course.Entry, about: course.About) -> None:
        self.entry, self.about = entry, about
        self.asked: list[Question] = []
        self.predicted: dict[str, str] = {}  # name → unit

    def number(
        self,
        ask: str,
        answer: Way,
        *mistakes: Way,
        unit: str = "",
        tolerance: float = 0.01,
        why_none: str = "",
    ) -> Asked:
        """A question for a number, to within `tolerance` of its value where it is not whole.

        `ask` is Markdown. `answer` and `mistakes` are functions without arguments that compute
        what is right and what people find instead; their docstrings are the worked solution and
        the hints. Where the `unit` is "%", they give fractions.
        """
        return self._ask(Number(ask, answer, mistakes, why_none, unit, tolerance))

    def shape(self, ask: str, answer: Way, *mistakes: Way, why_none: str = "") -> Asked:
        """A question for a shape; otherwise as `number`."""
        return self._ask(Shape(ask, answer, mistakes, why_none))

    def array(
        self, ask: str, answer: Way, *mistakes: Way, tolerance: float = 0.01, why_none: str = ""
    ) -> Asked:
        """A question for a short list of numbers or a small table; otherwise as `number`."""
        return self._ask(Array(ask, answer, mistakes, why_none, "", tolerance))

    def choice(self, ask: str, options: tuple[str, ...], answer: Way, *mistakes: Way) -> Asked:
        """A question with answers to choose from: `answer` computes the right option, and for each
        other there is a function of `mistakes` that gives it."""
        return self._ask(Choice(ask, answer, mistakes, options=options))

    def true_or_false(self, claim: str, answer: Way, mistake: Way) -> Asked:
        """A believable claim; the functions give "true" and "false"."""
        return self.choice(f"**True or false?** {claim}", ("true", "false"), answer, mistake)

    def _ask(self, question: Question) -> Asked:
        self.asked.append(question)
        return Asked(
            question.ask,
            question.reply,
            field=question.how,
            unit=question.unit,
            options=tuple(question.options) if isinstance(question, Choice) else (),
            worked=question.worked,
        )

    def predict(self, name: str, ask: str, unit: str = "") -> Asked:
        """A guess before something is run: kept in the reader's own folder under `name`, and shown
        again by `outcome` and on the card. Nothing is right or wrong."""
        self.predicted[name] = unit

        def keep(text: str) -> Reply:
            try:
                guess = typed.number(text, unit)
            except typed.Unreadable as problem:
                return Reply("unreadable", str(problem))
            predictions.keep(self.entry.key, name, ask=ask, unit=unit, guess=guess)
            return Reply("kept", "Kept. You will see how near it is.")

        before = predictions.kept(self.entry.key).get(name, {}).get("guess")
        shown = "" if before is None else f"{100 * before:.6g}" if unit == "%" else f"{before:.6g}"
        asked = f"**Guess first.** {ask}"
        return Asked(asked, keep, field="guess", unit=unit, button="Keep", typed=shown)

    def outcome(self, name: str, value: Any) -> HTML:
        """What it was, beside the guess.

        KeyError: no prediction of this name was asked.
        """
        if name not in self.predicted:
            raise KeyError(f"no prediction {name!r} was asked; there are {list(self.predicted)}")
        value, unit = float(value), self.predicted[name]
        what = predictions.kept(self.entry.key).get(name, {})
        if "guess" not in what:
            it_was = frame.said(value, {"unit": unit})
            return HTML(f"<p>It is <b>{it_was}</b>. (You have not guessed.)</p>")
        predictions.keep(self.entry.key, name, outcome=value)
        guess = frame.said(what["guess"], what)
        return HTML(
            f"<p>You guessed {guess}; it is <b>{frame.said(value, what)}</b>: "
            f"{_how_near(what['guess'], value, unit)}.</p>"
        )

    def card(self) -> HTML:
        """What to remember, the guesses, exercises and sources."""
        kept = predictions.kept(self.entry.key)
        return HTML(frame.card(self.entry, self.about, kept))


def _how_near(guess: float, value: float, unit: str) -> str:
    if unit == "%":
        points = 100 * abs(guess - value)
        return "very near" if points < 1 else f"{points:.2g} percentage points off"
    if not value or not guess or guess * value < 0:
        return "met" if guess == value else f"{abs(guess - value):,.3g} off"
    ratio = math.exp(abs(math.log(guess / value)))
    return "very near" if ratio < 1.05 else f"off by a factor of {ratio:,.2g}"
