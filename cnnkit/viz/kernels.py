"""The 3×3 filters that everyone has seen at work; each is applied as a correlation."""

import numpy as np

KERNELS: dict[str, np.ndarray] = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "vertical edges": np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]]),
    "horizontal edges": np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    "diagonal differences": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "Laplace, 4 neighbours": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "edges, 8 neighbours": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box blur": np.ones((3, 3)) / 9,
    "Gaussian blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
}
