"""Gradients through what was computed in the other session, asked of it.

A tensor that the student's network gives stands in the test with its numbers; `backward` in the
test carries the gradient on to the student's session, whose own graph it is, and back to the
arguments of the call. So does `backward` in the student's code through what a function of the
test's has given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.sessions.handles import HandleError


def linked(tensor: Any, arguments: list[Any], backward: Callable[[Any], Any]) -> Any:
    """The tensor, joined to the arguments that it comes from: `backward` asks for the gradients of
    these where the graph is, given that of the tensor."""
    import torch

    class Afar(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, token: Any, *arguments: Any) -> Any:
            return tensor.clone()

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            gradients = backward(gradient.contiguous())
            if type(gradients) is not list or len(gradients) != len(arguments):
                raise HandleError("the other session did not answer with gradients")
            for gradient_of, argument in zip(gradients, arguments, strict=True):
                fits = type(gradient_of) is torch.Tensor and gradient_of.shape == argument.shape
                if gradient_of is not None and not fits:
                    raise HandleError("a gradient has not the shape of its argument")
            return None, *gradients

    token = torch.zeros((), requires_grad=True)  # without an argument that wants a gradient, too
    return Afar.apply(token, *arguments)
