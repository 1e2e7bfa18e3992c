"""Hyper-parameters: which of several settings is best, by cross-validation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from cnnkit.data.dataset import Dataset
from cnnkit.text import aligned, html_line
from cnnkit.train.evaluate import evaluate
from cnnkit.train.fit import TrainingDiverged, fit

if TYPE_CHECKING:
    from cnnkit.viz import Picture

Settings = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """Settings and their accuracy in each fold; 0 where training diverged."""

    settings: Settings
    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float:
        """The standard deviation over the folds."""
        return float(np.std(self.accuracies))


@dataclass(frozen=True)
class Search:
    """`trials`, the best first."""

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Settings:
        return self.trials[0].settings

    def picture(self) -> Picture:
        """Each setting's accuracy, with its spread over the folds."""
        from cnnkit.viz.training import search_picture

        return search_picture(self)

    def _lines(self) -> list[tuple[str, ...]]:
        head = (*self.best, "accuracy", "spread")
        rows = (
            (*map(_shown, t.settings.values()), f"{t.mean:.2%}", f"±{t.spread:.2%}")
            for t in self.trials
        )
        return [head, *rows]

    def __str__(self) -> str:
        return "\n".join(aligned(self._lines(), ()))

    def _repr_html_(self) -> str:
        head, *rows = self._lines()
        body = "".join(html_line(row, ()) for row in rows)
        return f"<table><thead>{html_line(head, (), 'th')}</thead><tbody>{body}</tbody></table>"


def search(
    build: Callable[..., Any],
    data: Dataset,
    grid: Mapping[str, Sequence[Any]],
    *,
    folds: int = 5,
    samples: int | None = None,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> Search:
    """Train with each combination of the values in `grid` (with `samples`: so many of them, drawn
    at random) `folds` times, each time tested on another part of `data`.

    Names of `fit`'s options go to `fit`, as `options` do; all others to `build`, which gives a new
    model. ValueError: an empty grid, more folds than images of a class, or an option that all
    trials would share (a checkpoint, an optimizer that was constructed, a validation data set).
    """
    if not grid or not all(grid.values()):
        raise ValueError("grid: expected at least one name, each with at least one value")
    for name, value in [*options.items(), *((n, v) for n in grid for v in grid[n])]:
        shared = name == "checkpoint" or (name == "optimizer" and not isinstance(value, str))
        if shared or (name == "validation" and isinstance(value, Dataset)):
            raise ValueError(f"{name}: every trial and fold needs one of its own")
    smallest = min(count for count in data.counts if count)
    if not 2 <= folds <= smallest:
        raise ValueError(f"folds: expected 2 … {smallest}, got {folds}")
    combinations = [
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    ]
    if samples is not None:
        drawn = np.random.default_rng(seed).permutation(len(combinations))[:samples]
        combinations = [combinations[i] for i in drawn]
    parts = _folds(data, folds, seed)
    trials = [
        Trial(settings, tuple(_run(build, data, parts, f, settings, options) for f in range(folds)))
        for settings in tqdm(combinations, "search", disable=not progress, leave=False)
    ]
    return Search(tuple(sorted(trials, key=lambda trial: -trial.mean)))


def _run(
    build: Callable[..., Any],
    data: Dataset,
    parts: list[np.ndarray],
    fold: int,
    settings: Settings,
    options: Settings,
) -> float:
    training = np.concatenate([part for i, part in enumerate(parts) if i != fold])
    names = fit.__kwdefaults__ or {}
    model = build(**{name: value for name, value in settings.items() if name not in names})
    chosen = {name: value for name, value in settings.items() if name in names}
    try:
        fit(model, data.take(training), progress=False, **(options | chosen))
    except TrainingDiverged:
        return 0.0
    return evaluate(model, data.take(parts[fold])).accuracy


def _folds(data: Dataset, folds: int, seed: int) -> list[np.ndarray]:
    """Parts with as many images of each class, as far as that goes."""
    rng = np.random.default_rng(seed)
    by_class = [rng.permutation(np.flatnonzero(data.labels == c)) for c in np.unique(data.labels)]
    dealt = np.concatenate(by_class)
    return [dealt[fold::folds] for fold in range(folds)]


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else getattr(value, "__name__", str(value))
