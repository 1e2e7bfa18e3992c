"""Who is who: what a platform says of a person, and the student of the gradebook's roll.

A name is compared without regard to case, order, punctuation and how its umlauts are put
together (NFC or NFD). Nobody is guessed: where two could be meant, or an id says one and the name
another, nobody is, and the reason is said.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.course import classlist, tables
from autograder.course.classlist import Member
from autograder.course.course import Course
from autograder.grading.engine import write_whole

BY_NAME = "name"  # by what a student was found where no id says it


@dataclass(frozen=True)
class Who:
    """A person as a platform writes one: what may be the login, its own numbers, mail and name."""

    logins: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    email: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name or next(iter((*self.logins, self.email, *self.numbers)), "nobody")


@dataclass(frozen=True)
class Person:
    """A student of the roll."""

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    number: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


@dataclass(frozen=True)
class Match:
    """The student's id and by what; or "" and why nobody is."""

    student: str
    by: str


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def squashed(name: str) -> str:
    """The letters and digits of a name, as Canvas writes it into file names."""
    return "".join(c for c in folded(name) if c.isalnum())


def spellings(person: Person) -> set[str]:
    """How a name may stand: in both orders, and its words in the order of the alphabet."""
    both = (f"{person.first} {person.last}", f"{person.last} {person.first}")
    return {*map(squashed, both), _sorted(person.name)} - {""}


def _sorted(name: str) -> str:
    return "".join(sorted(squashed(word) for word in name.replace(",", " ").split()))


class Roll:
    """The students that the gradebook knows, found by what a platform says of them."""

    def __init__(self, people: Iterable[Person]):
        self.people = {person.id: person for person in people}
        self.by: dict[str, dict[str, set[str]]] = {
            kind: defaultdict(set) for kind in ("id", "email", "number", "name")
        }
        for person in self.people.values():
            for kind in ("id", "email", "number"):
                if key := folded(getattr(person, kind)):
                    self.by[kind][key].add(person.id)
            for name in spellings(person):
                self.by["name"][name].add(person.id)

    @classmethod
    def of(cls, course: Course) -> Roll:
        with course.gradebook() as gradebook:
            return cls(
                Person(
                    *(s.id, s.first_name or "", s.last_name or ""),
                    *(s.email or "", s.lms_user_id or ""),
                )
                for s in gradebook.students
            )

    def find(self, who: Who) -> Match:
        """The student who is meant, or why nobody is."""
        named = self._named(who.name)
        by, found = self._sure(who)
        if len(found) > 1:
            return Match("", f"its ids are those of several: {', '.join(sorted(found))}")
        if found:
            [student] = found
            if named and student not in named:
                return Match("", f"{by} says {student}, the name {', '.join(sorted(named))}")
            return Match(student, by)
        if len(named) > 1:
            return Match("", f"several are called so: {', '.join(sorted(named))}")
        return Match(next(iter(named)), BY_NAME) if named else Match("", self._nobody(who))

    def _sure(self, who: Who) -> tuple[str, set[str]]:
        """By ids, of which each that is known must say the same; of logins the longest counts."""
        found: dict[str, set[str]] = {}
        for login in sorted(who.logins, key=len, reverse=True):
            if hit := self.by["id"].get(folded(login)) or self.by["email"].get(folded(login)):
                found["login"] = hit
                break
        for kind, keys in (("number", who.numbers), ("email", (who.email,))):
            if hits := set[str]().union(*(self.by[kind].get(folded(key), ()) for key in keys)):
                found[kind] = hits
        return next(iter(found), ""), set[str]().union(*found.values())

    def _named(self, name: str) -> set[str]:
        by = self.by["name"]
        return by.get(squashed(name), set()) | by.get(_sorted(name), set()) if name else set()

    def missing(self, student: str) -> str:
        """That nobody has this id, and whose it may be meant for."""
        near = difflib.get_close_matches(student, self.people, 1)
        return f"{student!r} is not on the roll" + (f"; {near[0]}?" if near else "")

    def _nobody(self, who: Who) -> str:
        if not self.people:
            return "the gradebook has no students yet: `autograder roster FILE` takes them"
        names = {person.name: person.id for person in self.people.values() if person.name}
        near = difflib.get_close_matches(who.name, names, 1) if who.name else []
        ids = difflib.get_close_matches(who.logins[-1], self.people, 1) if who.logins else []
        hint = [*(names[name] for name in near), *ids]
        return f"nobody on the roll; {hint[0]}?" if hint else "nobody on the roll"


def note_sections(course: Course, sections: Mapping[str, str]) -> None:
    """Write the sections that a platform says; groups stay, and so does who is not among them."""
    there = classlist.members(course)
    for student, section in sections.items():
        there[student] = Member(student, section, there.get(student, Member("")).group)
    rows = [vars(member) for _, member in sorted(there.items())]
    write_whole(classlist.path(course), tables.written(classlist.COLUMNS, rows))
