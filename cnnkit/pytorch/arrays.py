"""Arrays as a module takes them, and what it gives as arrays."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn


def tensor_for(module: nn.Module, x: np.ndarray) -> Tensor:
    """A copy of `x` on the device and in the type of the module's parameters."""
    first = next(module.parameters(), torch.empty(0))
    return torch.tensor(np.ascontiguousarray(x), dtype=first.dtype, device=first.device)


def array_of(tensor: Tensor) -> np.ndarray:
    """The values; NumPy has no bfloat16, which fits into float32."""
    tensor = tensor.detach().cpu()
    return np.asarray(tensor.float() if tensor.dtype == torch.bfloat16 else tensor)
