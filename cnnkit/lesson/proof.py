"""The proof that a lecture's questions answer rightly: the lectures' tests ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnkit.lesson.markdown import html
from cnnkit.lesson.questions import Question, told


def flaws(questions: Iterable[Question]) -> list[str]:
    """A sentence for each promise that a question breaks: its answer is accepted in all the forms
    in which people type it, each known mistake gets its own hint, anything else is refused without
    giving the answer away, and nonsense gets a sentence."""
    return [f"{question.ask}: {flaw}" for question in questions for flaw in _flaws(question)]


def _flaws(question: Question) -> Iterator[str]:
    said = [question.ask, question.worked, *(told(way) for way, _ in question.wrong)]
    yield from (f"a formula of {text!r} is not drawn" for text in said if "$" in html(text))
    for form in question.forms(question.right):
        if question.reply(form).verdict != "right":
            yield f"{form!r} is the answer and is not accepted: {question.reply(form).text}"
    for way, value in question.wrong:
        for form in question.forms(value):
            reply = question.reply(form)
            if reply.verdict != "mistake" or told(way) not in reply.text:
                yield f"{form!r} comes from a known mistake and gets another hint: {reply.text}"
    for other in question.others():
        if any(question.same(other, value) for _, value in question.wrong):
            continue
        for form in question.forms(other):
            if question.reply(form).verdict != "not yet":
                yield f"{form!r} is wrong and gets {question.reply(form)}"
    for nonsense in ("", "I don't know", "1/0", "__import__('os')", "<b>9</b>"):
        if question.reply(nonsense).verdict != "unreadable":
            yield f"{nonsense!r} gets {question.reply(nonsense)}"
