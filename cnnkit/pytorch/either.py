"""What is asked of a NumPy net and of a PyTorch module in the same way."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.layers import Layer
from cnnkit.modes import in_use


def scores(model: Any, x: np.ndarray) -> np.ndarray:
    """What the model gives in use, for a batch."""
    with in_use(model):
        if isinstance(model, Layer):
            return model(x)
        import torch

        from cnnkit.pytorch.arrays import array_of, tensor_for

        with torch.inference_mode():
            return array_of(model(tensor_for(model, x)))
