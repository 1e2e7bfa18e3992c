"""What all layers share: the checks around forward and backward, parameters, state, counting."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from cnnkit.layers.parameter import Activation, Buffer, Parameter, Shape, Stored
from cnnkit.npz import read_npz
from cnnkit.summary import Row, Summary, View, Window

if TYPE_CHECKING:
    import torch


class Layer:
    """A function with parameters that can be run forward and backward, translated and counted.

    `y = layer(x)` computes, `dx = layer.backward(dy)` takes the gradient of the loss with respect
    to the last `y`, adds to the parameters' `.grad` and gives the gradient with respect to `x`.

    A layer writes `forward` with `self.remember(x)` first, and `backward` with
    `x = self.recall(dy)` first. Its Parameters, Buffers and inner Layers are found among its public
    attributes, and so are the options that it was constructed with.
    """

    training = True
    _x: np.ndarray | None = None
    _activation: Activation | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def backward(self, dy: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def learn(self, dy: np.ndarray) -> None:
        """`backward` where nobody asks for the gradient with respect to `x`, as in training: a
        network's first layer then has less to do."""
        self.backward(dy)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        y = self.forward(x)
        self._activation = Activation(y)
        return y

    def remember(self, x: np.ndarray) -> None:
        """Check the input and keep it for `backward`."""
        self.check(x)
        self._x, self._activation = x, None

    def check(self, x: np.ndarray) -> None:
        """Refuse what this layer can't take.

        TypeError: not an array of the parameters' dtype (any float, where there are none; complex
        numbers pass too, for `cnnkit.gradcheck`). ValueError: a shape that does not fit.
        """
        if not isinstance(x, np.ndarray):
            raise TypeError(f"{self}: expected a NumPy array, got {type(x).__name__}")
        stored = (stored.dtype for _, stored in self.named_stored())
        dtype = next((dtype for dtype in stored if dtype.kind == "f"), None)
        if dtype is not None and x.dtype != dtype:
            raise TypeError(
                f"{self}: expected {dtype}, the parameters' dtype, got {x.dtype}; "
                f"convert it with x.astype(np.{dtype})"
            )
        if x.dtype.kind not in "fc":
            raise TypeError(
                f"{self}: expected floating point, got {x.dtype}; convert it with "
                "x.astype(np.float32)"
            )
        if x.ndim == 0:
            raise ValueError(f"{self}: expected a batch, (N, …), got a single number")
        self.output_shape(x.shape[1:])

    def recall(self, dy: np.ndarray) -> np.ndarray:
        """Check the upstream gradient and give the input that `forward` kept.

        RuntimeError: there was no forward pass. TypeError, ValueError: dtype or shape are not
        those of the output.
        """
        x = self._x
        if x is None:
            raise RuntimeError(f"{self}: backward before forward; call y = layer(x) first")
        if not isinstance(dy, np.ndarray) or dy.dtype != x.dtype:
            got = dy.dtype if isinstance(dy, np.ndarray) else type(dy).__name__
            raise TypeError(f"{self}: expected dy to be an array of {x.dtype}, got {got}")
        expected = (len(x), *self.output_shape(x.shape[1:]))
        if dy.shape != expected:
            raise ValueError(
                f"{self}: expected dy of the output's shape {expected}, got {dy.shape}"
            )
        if self._activation is not None:
            self._activation.grad = dy
        return x

    # Counting: nothing below allocates.

    def output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for this input's, both without the batch; ValueError if impossible."""
        return input_shape

    def macs(self, input_shape: Shape) -> int:
        """Multiply-adds for one input, without biases: convolutions and linear layers have them."""
        return 0

    def window(self, map_size: tuple[int, int]) -> Window:
        """Which part of an input map of this size one output sees, and how far the next one is."""
        return Window()

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        """This layer's rows of the summary, and the view that the next layer has."""
        shape = self.output_shape(
            view.shape
        )  # refuses what does not fit, before the window is asked
        after = view.through(shape, self.window(view.map_size) if view.map_size else None)
        parameters = sum(p.size for p in self.parameters())
        kind = type(self).__name__
        return [after.row(name, kind, parameters, self.macs(view.shape))], after

    def summary(self, input_shape: Shape) -> Summary:
        """The table of layers for an input of this shape (without the batch), nothing allocated."""
        itemsize = next((p.dtype.itemsize for p in self.parameters()), 4)
        rows, _ = self.trace("", View.of_input(input_shape, itemsize))
        return Summary(rows)

    # Parameters, and the layers inside.

    def children(self) -> dict[str, Layer]:
        """The layers directly inside this one, by name."""
        return dict(self._attributes(Layer))

    def _attributes(self, kind: type) -> Iterator[tuple[str, Any]]:
        for name, value in vars(self).items():
            if isinstance(value, kind) and not name.startswith("_"):
                yield name, value

    def named_layers(self, prefix: str = "") -> Iterator[tuple[str, Layer]]:
        """Every layer inside, at any depth, by dotted name."""
        for name, child in self.children().items():
            yield prefix + name, child
            yield from child.named_layers(f"{prefix}{name}.")

    def modules(self) -> Iterator[Layer]:
        """This layer and every layer inside."""
        yield self
        for _, layer in self.named_layers():
            yield layer

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        for name, value in self.named_stored(prefix):
            if isinstance(value, Parameter):
                yield name, value

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Buffer]]:
        for name, value in self.named_stored(prefix):
            if isinstance(value, Buffer):
                yield name, value

    def named_stored(self, prefix: str = "") -> Iterator[tuple[str, Stored]]:
        """Parameters and buffers, in PyTorch's order."""
        for name, value in self._attributes(Stored):
            yield prefix + name, value
        for name, child in self.children().items():
            yield from child.named_stored(f"{prefix}{name}.")

    def parameters(self) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters():
            yield parameter

    def zero_grad(self) -> None:
        """Forget the gradients: `.grad` of every parameter is None again."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Self:
        """Behave as in training (`mode=False`: as in use), this layer and those inside."""
        self.training = mode
        for child in self.children().values():
            child.train(mode)
        return self

    def eval(self) -> Self:
        return self.train(False)

    def double(self) -> Self:
        """Make every parameter and buffer float64, in place, for gradient checks."""
        for _, stored in self.named_stored():
            stored.to(np.float64)
        return self

    def activations(self, x: np.ndarray) -> dict[str, Activation]:
        """Run forward and give every inner layer's output by dotted name.

        After `self.backward(dy)` the same objects hold the gradients in `.grad`; a later forward
        pass leaves them alone.
        """
        for _, layer in self.named_layers():
            layer._activation = None  # what does not run now must not show an earlier pass
        self(x)
        kept = {name: layer._activation for name, layer in self.named_layers()}
        return {name: activation for name, activation in kept.items() if activation is not None}

    # State: to files and to PyTorch.

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter's and buffer's data, by PyTorch's names."""
        return {name: stored.data.copy() for name, stored in self.named_stored()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take what `state_dict` gives from arrays or tensors by name; all, or a ValueError."""
        own = dict(self.named_stored())
        if missing := sorted(own.keys() - state.keys()):
            raise ValueError(f"state: missing {', '.join(missing)}")
        if unexpected := sorted(state.keys() - own.keys()):
            raise ValueError(f"state: unexpected {', '.join(unexpected)}")
        arrays = {name: _as_array(values) for name, values in state.items()}
        for name, stored in own.items():
            if arrays[name].shape != stored.shape:
                raise ValueError(
                    f"state: {name}: expected shape {stored.shape}, got {arrays[name].shape}"
                )
            if arrays[name].dtype.kind not in "biuf":
                raise ValueError(f"state: {name}: expected numbers, got {arrays[name].dtype}")
        for name, stored in own.items():
            stored.data = arrays[name]

    def save(self, path: str | Path) -> None:
        """Write the parameters to a NumPy `.npz` file (the ending is added where it is missing)."""
        np.savez(path, allow_pickle=False, **self.state_dict())

    def load(self, path: str | Path) -> None:
        """Read what `save` wrote. Nothing in the file is executed: pickles are refused."""
        path = str(path) if str(path).endswith(".npz") else f"{path}.npz"
        expected = sum(stored.size * 8 for _, stored in self.named_stored())
        self.load_state_dict(read_npz(path, limit=2 * expected + 1_000_000))

    def options(self) -> dict[str, Any]:
        """The arguments that construct such a layer, by name."""
        names = inspect.signature(type(self)).parameters
        values = {name: getattr(self, name) for name in names}
        return {n: v is not None if n == "bias" else v for n, v in values.items()}

    def make_torch(self, made: dict[Layer, torch.nn.Module]) -> torch.nn.Module:
        """The same layer in PyTorch, its parameters' names the same, its weights not yet set.

        The class of this name in `cnnkit.pytorch.twins` or else in `torch.nn`, with the same
        options. `made` holds the twins of the layers that stand before.
        """
        from cnnkit.pytorch import twins

        module: torch.nn.Module = twins.find(type(self).__name__)(**self.options())
        return module

    def twin(self, made: dict[Layer, torch.nn.Module]) -> torch.nn.Module:
        """`make_torch`, entered into `made`."""
        made[self] = self.make_torch(made)
        return made[self]

    def to_torch(self) -> torch.nn.Module:
        """A `torch.nn.Module` with the same weights (copied), dtype and modes."""
        import torch

        made: dict[Layer, torch.nn.Module] = {}
        with torch.device("meta"):  # allocates nothing and leaves PyTorch's random state alone
            module = self.twin(made)
        state = {name: torch.from_numpy(values) for name, values in self.state_dict().items()}
        module.load_state_dict(state, assign=True)
        module.train(self.training)
        for layer, twin in made.items():
            twin.training = layer.training
        return module

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.options().items())
        return f"{type(self).__name__}({listed})"


def batch_of(shape: Shape) -> str:
    """How error messages write a shape: "(N, 3, 32, 32)"."""
    return str(("N", *shape)).replace("'", "")


def _as_array(values: Any) -> np.ndarray:
    if not hasattr(values, "detach"):
        return np.asarray(values)
    values = values.detach().cpu()
    return np.asarray(values.float() if "bfloat16" in str(values.dtype) else values)
