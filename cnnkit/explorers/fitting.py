"""Over-fitting to be played with: a polynomial's degree, and a penalty on its coefficients."""

from __future__ import annotations

from cnnkit.explorers.base import Explorer
from cnnkit.explorers.controls import choice, slider
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.fitting import fits_picture, mean_square, noisy_sine, polynomial_fit

TRAINING, VALIDATION = noisy_sine(10, seed=2), noisy_sine(100, seed=99)
MOST = 9  # with ten points a polynomial of degree 9 meets them all
STRENGTHS = (0.0, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)


class OverfittingExplorer(Explorer):
    """A polynomial of the chosen degree, fitted to ten points with an L2 penalty."""

    def __init__(self) -> None:
        self.degree = slider("degree", 0, MOST, 3)
        self.strength = choice("penalty λ", [f"{s:g}" for s in STRENGTHS])
        super().__init__([self.degree, self.strength])
        self.watch(self.degree, self.strength)
        self.show()

    def draw(self) -> Diagram:
        degree, strength = self.degree.value, STRENGTHS[self.strength.value]
        w = polynomial_fit(TRAINING, degree, strength)
        picture = fits_picture({f"degree {degree}, λ = {strength:g}": w}, TRAINING, VALIDATION)
        text = "<p>Mean square error on the ten points that it learned from: "
        text += f"<b>{mean_square(w, TRAINING):.3f}</b>; on the hundred that it has not seen: "
        text += f"<b>{mean_square(w, VALIDATION):.3f}</b>. Its largest coefficient: "
        return Diagram(picture, f"{text}{abs(w).max():.3g}.</p>")


def overfitting() -> OverfittingExplorer:
    """A polynomial through ten noisy points: its degree, and a penalty that tames it."""
    return OverfittingExplorer()
