"""What a changed assignment would change, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from autograder.course.ids import printable
from autograder.grading.regrade import Comparison
from autograder.records.expected import Expected
from autograder.records.questions import stays_as_given
from autograder.records.result import QuestionResult


def table(found: Comparison, name: str) -> str:
    """Who would gain and who would lose, question by question, below what has changed."""
    lines = list(_changes(found))
    groups = {
        "would gain": [one for one in found.differs if one.gained > 0],
        "would lose": [one for one in found.differs if one.gained < 0],
        "keep their score, of other points": [one for one in found.differs if not one.gained],
    }
    for title, students in groups.items():
        lines += ["", f"{title}: {len(students)}", *_rows(students, found)] if students else []
    lines += _by_question(found)
    numbers = [f"{len(groups['would gain'])} would gain", f"{len(groups['would lose'])} would lose"]
    same = len(found.graded) - sum(map(len, groups.values()))
    lines += ["", f"{name}: {len(found.graded)} compared, {', '.join(numbers)}, {same} as before"]
    return "\n".join(map(printable, [*lines, *_remarks(found, name)])).lstrip("\n")


def _changes(found: Comparison) -> Iterator[str]:
    for told, students in found.changed.items():
        some = len(students) < found.number
        of = f"{len(students)} of {found.number}" if some else "they"
        yield f"what has changed since {of} were graded:"
        yield from (f"  {line}" for line in told)


def _rows(students: list[Expected], found: Comparison) -> Iterator[str]:
    width = max(len(one.after.student) for one in students)
    for one in students:
        before, after = one.before, one.after
        renamed = found.renamed.get(after.student, {})
        scores = f"{before.score:g} / {before.max_score:g} → {after.score:g} / {after.max_score:g}"
        told = [_told(*pair) for pair in _pairs(one, renamed)]
        if before.late_penalty != after.late_penalty:
            told.append(f"for being late {-before.late_penalty:g} → {-after.late_penalty:g}")
        yield f"  {after.student:{width}}  {one.gained:+6.4g}  {scores:22}  {', '.join(told)}"


def _pairs(
    one: Expected, renamed: Mapping[str, str]
) -> Iterator[tuple[QuestionResult | None, QuestionResult | None]]:
    """The questions that give other points, as they were and as they would be."""
    for old, new in _all_pairs(one, renamed):
        if not old or not new or (old.score, old.max_score) != (new.score, new.max_score):
            yield old, new


def _all_pairs(
    one: Expected, renamed: Mapping[str, str]
) -> Iterator[tuple[QuestionResult | None, QuestionResult | None]]:
    """All questions, as they were and as they would be."""
    before = {question.id: question for question in one.before.questions}
    for question in one.after.questions:
        yield before.pop(renamed.get(question.id, question.id), None), question
    for old in before.values():
        yield old, None


def _told(old: QuestionResult | None, new: QuestionResult | None) -> str:
    if old is None or new is None:
        question, what = (new, "new") if old is None else (old, "gone")
        assert question is not None
        return f"{question.id} {what} ({question.score:g} of {question.max_score:g})"
    of = f" of {new.max_score:g}" if new.max_score != old.max_score else ""
    return f"{new.id} {old.score:g} → {new.score:g}{of}"


def _by_question(found: Comparison) -> Iterator[str]:
    """How many gain and lose by each question that is there before and after."""
    gain, lose = Counter[str](), Counter[str]()
    for one in found.graded:
        for old, new in _pairs(one, found.renamed.get(one.after.student, {})):
            if old and new and old.score != new.score:
                (gain if new.score > old.score else lose)[new.id] += 1
    names = dict.fromkeys([*gain, *lose])
    width = max(map(len, names), default=0)
    if names:
        yield from ("", "question by question:")
    for name in names:
        yield f"  {name:{width}}  {gain[name]} gain, {lose[name]} lose"


def _rescaled(found: Comparison) -> Iterator[tuple[str, float, float, str]]:
    """The questions of other points for which a person gave some, each with the points before and
    after, and a student."""
    for one in found.graded:
        for old, new in _pairs(one, found.renamed.get(one.after.student, {})):
            if old and new and old.max_score != new.max_score and new.id in one.by_hand:
                yield new.id, old.max_score, new.max_score, one.after.student


def _cancelled(found: Comparison) -> Iterator[str]:
    """Which questions count for all now, and which count again."""
    for told, before in (("cancelled, full marks to all", False), ("counts again", True)):
        names = dict.fromkeys(
            new.id
            for one in found.graded
            for old, new in _all_pairs(one, found.renamed.get(one.after.student, {}))
            if old
            and new
            and (old.how == "cancelled", new.how == "cancelled") == (before, not before)
        )
        if names:
            yield f"{told}: {', '.join(names)}"


def _remarks(found: Comparison, name: str) -> Iterator[str]:
    yield from _cancelled(found)
    yield from stays_as_given(_rescaled(found))
    if earlier := [one.after.student for one in found.students if one.after.is_earlier]:
        yield f"made from an earlier release, graded with what is there: {', '.join(earlier)}"
    if found.anew:
        yield (
            f"not compared, for they handed in since, or were never graded: "
            f"{', '.join(found.anew)} (`autograder grade {name}` grades them)"
        )
    for result in found.faults:
        yield f"{result.student} could not be graded, and stays: {result.message}"
