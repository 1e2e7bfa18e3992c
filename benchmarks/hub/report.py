"""The night in tables, and the sizes that follow from it."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.hub.arrived import Arrived
from benchmarks.hub.processes import CHECK_SERVICE, CLIENTS, KERNEL, REST, SERVER, machine

RESULT = Path(__file__).parents[1] / "results" / "hub.md"
CHECKS = ("check, the service", "Validate, own server")
MEMORY = ("", "median", "largest")
DEEDS = (
    *CHECKS,
    *("submit, the exchange", "Submit, own server", "page of the server", "save", "run all cells"),
)
ARRIVING = ("sign in", "a server starts")
SYSTEM = 1024  # MB for Debian itself: no figure of the night
BUSY = 0.7  # of the cores: beyond it everybody waits for everybody
CLASSES = (30, 100, 300)
Event = dict[str, Any]


class Part(NamedTuple):
    """A part of the night: begin and end (monotonic), how long people think, and the cores that
    each kind of process kept busy."""

    name: str
    begin: float
    end: float
    pause: float | None  # where they do
    cores: dict[str, float]


class Measured(NamedTuple):
    """What was measured, beside everybody's events."""

    residents: int
    parts: list[Part]  # three, and the grading
    killed: list[tuple[str, float, float]]  # what, when, and after how many seconds it was back
    memory: dict[str, list[float]]  # MB, of all of a kind, or of one student's


def read_events(folder: Path) -> dict[str, list[Event]]:
    """What everybody did, in its order."""
    return {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def sent(events: Iterable[Event]) -> list[str]:
    """The digests of what a person handed in."""
    return [event["sent"] for event in events if "sent" in event and event["done"]]


def quantiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99."""
    if len(seconds) < 2:
        return (seconds[0],) * 3 if seconds else (math.nan,) * 3
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def table(head: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> list[str]:
    """Markdown; the first columns are words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(map(str, row))} |" for row in (head, rule, *rows)]


def waits(deeds: Iterable[str], events: list[Event]) -> Iterable[list[object]]:
    """A row for each kind of deed: how many, how long, how often repeated."""
    for deed in deeds:
        of = [event for event in events if event["what"] == deed]
        if of:
            seconds = [event["seconds"] for event in of]
            again = sum(sum(event["again"].values()) for event in of)
            cells = [f"{second:.2f}" for second in (*quantiles(seconds), max(seconds))]
            yield [deed, len(of), *cells, again]


def sizes(memory: dict[str, float], cores: dict[str, float], people: tuple[int, int]) -> list[str]:
    """The guide's table and its derivation, from the largest memory of each kind in MB (a
    student's server and kernel: of one), and the cores that each kind kept busy in a phase, while
    `people` were there: with a server, and all."""
    resident, everybody = people
    own = memory[SERVER] + memory[KERNEL]
    once = sum(memory.values()) - own
    each = (cores.get(SERVER, 0) + cores.get(KERNEL, 0)) / resident
    each += cores.get(CHECK_SERVICE, 0) / everybody
    shared = (SERVER, KERNEL, CHECK_SERVICE, CLIENTS, REST)
    rest = sum(busy for kind, busy in cores.items() if kind not in shared)
    rows = [
        [
            number,
            f"{(SYSTEM + once + number * own) / 1024:.0f} GiB",
            math.ceil((rest + number * each) / BUSY),
        ]
        for number in CLASSES
    ]
    said = (
        f"Memory: {once:.0f} MB for what runs once, {own:.0f} MB for each student's server and "
        f"kernel, {SYSTEM} MB for the system. Cores: {rest:.2f} for what runs once and {each:.3f} "
        f"for each student who runs all cells and checks once a minute; {BUSY:.0%} busy at most."
    )
    return [said, "", *table(["students at once", "memory", "cores"], rows)]


def text(night: Measured, events: dict[str, list[Event]], found: Arrived) -> str:
    """The whole result."""
    deeds = [event for of in events.values() for event in of]
    largest = {kind: max(seen) for kind, seen in night.memory.items()}
    busy = night.parts[0].cores  # where nobody has to wait for a core, and nothing is killed
    lines = [
        *_head(night, len(events)),
        *_outcome(night, found, len(events)),
        *_waits(night, deeds),
        *_killed(night, deeds),
        *_memory(night),
        *_cores(night, deeds),
        *("## Sizes", ""),
        *sizes(largest, busy, (night.residents, len(events))),
    ]
    return "\n".join([*lines, ""])


def _head(night: Measured, everybody: int) -> list[str]:
    pauses = ", ".join(
        f"{part.name} ({part.end - part.begin:.0f} s) "
        + (f"{part.pause:.0f} s on the mean" if part.pause else "not at all")
        for part in night.parts
        if part.pause is not None
    )
    return [
        "# Deadline night on one server",
        "",
        f"Written by `make bench-hub`, {date.today()}: {machine()}, on which the clients ran, too. "
        f"{night.residents} students with a server and a kernel, {everybody - night.residents} "
        "more who ask the check service and use the exchange as their servers would. Everybody "
        "writes a version that no cache knows, checks it, hands every second one in, and those "
        f"with a server open the page and run all cells before; between two they think: {pauses}.",
        "",
    ]


def _outcome(night: Measured, found: Arrived, everybody: int) -> list[str]:
    grading = night.parts[-1]
    return [
        f"**{found.sent} hand-ins sent, {found.collected} collected, each once and byte for byte; "
        f"of {everybody} students {found.graded} graded**, what they sent last, with the points "
        f"that it is worth: {grading.end - grading.begin:.0f} s after the deadline, with the "
        f"watcher killed in between. Not as it should be: {len(found.faults)}.",
        "",
    ]


def _waits(night: Measured, deeds: list[Event]) -> list[str]:
    head = ["", "number", "p50", "p95", "p99", "longest", "repeated"]
    lines = ["## From the press of a button to the answer", ""]
    lines += ["Seconds, with all repetitions.", "", *table(head, waits(ARRIVING, deeds)), ""]
    for part in night.parts:
        of = [event for event in deeds if part.begin <= event["begun"] < part.end]
        if rows := list(waits(DEEDS, of)):
            lines += [f"In {part.name}:", "", *table(head, rows), ""]
    return lines


def _killed(night: Measured, deeds: list[Event]) -> list[str]:
    again: Counter[tuple[str, str]] = Counter()
    for event in deeds:
        for why, times in event["again"].items():
            again[event["what"], why] += times
    lines = ["## What was killed (`kill -9`), and what clients asked again", ""]
    lines += table(["", "there again after, s"], [[u, f"{s:.1f}"] for u, _, s in night.killed])
    rows = [[*of, times] for of, times in sorted(again.items())]
    return [*lines, "", *table(["asked again", "answered before", "times"], rows, 2), ""]


def _memory(night: Measured) -> list[str]:
    rows = [
        [
            f"{kind}, each" if kind in (SERVER, KERNEL) else kind,
            f"{statistics.median(seen):.0f}",
            f"{max(seen):.0f}",
        ]
        for kind, seen in sorted(night.memory.items())
    ]
    return ["## Memory", "", "MB (PSS), a look every 5 s.", "", *table(MEMORY, rows), ""]


def _cores(night: Measured, deeds: list[Event]) -> list[str]:
    kinds = sorted({kind for part in night.parts for kind in part.cores})
    rows = [[kind, *(f"{part.cores.get(kind, 0):.2f}" for part in night.parts)] for kind in kinds]
    rows.append(["**all**", *(f"{sum(part.cores.values()):.2f}" for part in night.parts)])
    rates = []
    for part in night.parts:
        ends = [e["begun"] + e["seconds"] for e in deeds if e["what"] in CHECKS]
        answered = sum(part.begin <= end < part.end for end in ends)
        rates.append(f"{answered / (part.end - part.begin):.1f}")
    rows.append(["checks answered a second", *rates])
    head = ["", *(part.name for part in night.parts)]
    return ["## Cores that were busy", "", *table(head, rows), ""]
