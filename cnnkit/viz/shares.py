"""Where something is: the shares of a network's layers, side by side for several quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from cnnkit.viz.style import BLUE, NORMAL, PAGE, SMALL, Picture, at_least_one, plain_axes

ROW = 0.27  # inches for a part
LEFT, BELOW, ABOVE, APART = 1.05, 0.62, 0.1, 0.18  # inches
ROOM = 1.45  # of the longest bar: what is written behind it has room, too
NAMED = 3  # of the largest parts are said in words


def shares_picture(parts: Sequence[str], panels: Mapping[str, Sequence[float]]) -> Picture:
    """A row for each of `parts`, a panel for each quantity, with a bar for the part's share of the
    quantity's sum. All panels have one scale, so that bars can be compared across them, too.

    ValueError: no part, no panel, or a quantity that has not one value, at least 0, for each part,
    or only zeros.
    """
    at_least_one(parts, "part")
    at_least_one(panels, "quantity")
    shares = {name: _shares(name, values, len(parts)) for name, values in panels.items()}
    height = ROW * len(parts) + BELOW + ABOVE
    picture = Picture(PAGE, height, _in_words(parts, shares))
    longest = max(float(share.max()) for share in shares.values())
    side = (PAGE - LEFT) / len(shares)
    for i, (name, share) in enumerate(shares.items()):
        box = ((LEFT + i * side) / PAGE, BELOW / height)
        size = ((side - APART) / PAGE, (height - BELOW - ABOVE) / height)
        axes = plain_axes(picture, (*box, *size))
        _draw_bars(axes, share)
        axes.set_xlim(0, ROOM * longest)
        axes.set_xlabel(name, fontsize=NORMAL)
        axes.set_yticks(range(len(parts)), parts if i == 0 else [""] * len(parts), color="black")
    return picture


def _shares(name: str, values: Sequence[float], count: int) -> np.ndarray:
    """The parts of their sum; ValueError as above."""
    amounts = np.asarray(values, np.float64)
    if amounts.shape != (count,):
        raise ValueError(f"{name}: expected a value for each of {count} parts, got {amounts.shape}")
    if not (amounts >= 0).all() or not amounts.any():
        raise ValueError(f"{name}: expected values of at least 0, and not only zeros")
    return amounts / amounts.sum()


def _draw_bars(axes: Axes, share: np.ndarray) -> None:
    axes.barh(range(len(share)), share, 0.7, color=BLUE)
    for place, value in enumerate(share):
        axes.annotate(
            _percent(value),
            (value, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
    axes.grid(False)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_ylim(len(share) - 0.4, -0.6)  # the first part on top


def _percent(share: float) -> str:
    """74 %, 2.6 %, 0.03 %: two digits, and what is smaller still is below 0.01 %."""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 or not share else f"{100 * share:.2g} %"


def _in_words(parts: Sequence[str], shares: Mapping[str, np.ndarray]) -> str:
    """The largest shares of each quantity."""
    said = []
    for name, share in shares.items():
        order = np.argsort(-share, kind="stable")[:NAMED]
        said.append(f"{name}: {', '.join(f'{parts[i]} {_percent(share[i])}' for i in order)}")
    return f"Shares of {len(parts)} parts, the largest of each. {'; '.join(said)}."
