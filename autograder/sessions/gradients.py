"""Gradients through what the student's code has computed, asked of the student's session.

A tensor that the student's network gives stands in the test with its numbers; `backward` in the
test carries the gradient on to the student's session, whose own graph it is, and back to the
arguments of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.sessions.handles import HandleError


def linked(tensor: Any, number: int, ask: Callable[..., Any], arguments: list[Any]) -> Any:
    """The tensor, joined to its graph in the student's session by its number there."""
    import torch

    class Students(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, token: Any, *arguments: Any) -> Any:
            return tensor.clone()

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            gradients = ask("backward", number, gradient.contiguous())
            if type(gradients) is not list or len(gradients) != len(arguments):
                raise HandleError("the student's session did not answer with gradients")
            for gradient_of, argument in zip(gradients, arguments, strict=True):
                fits = type(gradient_of) is torch.Tensor and gradient_of.shape == argument.shape
                if gradient_of is not None and not fits:
                    raise HandleError("a gradient has not the shape of its argument")
            return None, *gradients

    token = torch.zeros((), requires_grad=True)  # without an argument that wants a gradient, too
    result = Students.apply(token, *arguments)
    result._students = number  # given back to the student's code, it is the student's own
    return result
