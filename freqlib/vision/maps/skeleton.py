"""Trying a network out without computing anything.

A skeleton is a copy of a network whose parameters have shapes but no values (torch's meta device):
a forward pass costs milliseconds whatever the network's size. A network that decides by values is
run for real instead, on blank images.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision.maps.centres import tensors
from freqlib.vision.networks.models import VisionModel

# More than one, so that a batch axis is not taken for one of size 1.
ROWS = 2

T = TypeVar("T")


def survivors(network: nn.Module, x: Tensor, names: list[str]) -> set[str]:
    """Return the modules behind which a longer batch runs through the rest of the network.

    Args:
        network: in eval mode.
        x: images, as for `record`.
        names: modules to try, by name.

    Returns:
        Those after which rows can be appended: the output then has as many more.
    """

    def append_row(module: nn.Module, args: Any, output: Tensor) -> Tensor:
        return torch.cat([output, output[:1]])

    def runs(some: list[str]) -> bool:
        with ExitStack() as hooks, torch.no_grad():
            for name in some:
                hooks.enter_context(network.get_submodule(name).register_forward_hook(append_row))
            try:
                outputs = tensors(network(x))
            except Exception:  # whatever the network raises, it cannot do it
                return False
        return all(t.ndim > 0 and t.shape[0] == x.shape[0] + len(some) for t in outputs)

    def search(some: list[str]) -> set[str]:
        """Try all at once, as a sweep does, and halve where that fails."""
        if not some or runs(some):
            return set(some)
        if len(some) == 1:
            return set()
        middle = len(some) // 2
        return search(some[:middle]) | search(some[middle:])

    return search(names)


def on_skeleton(network: nn.Module, shape: tuple[int, int, int], work: Callable[[nn.Module, Tensor], T]) -> T:
    """Return work(skeleton of the network, images without values), or run it for real.

    Args:
        network: any module; it is left as it was.
        shape: (c, h, w) of the network's input.
        work: takes a network in eval mode and images (2, c, h, w) on the same device.

    Returns:
        What `work` returns.

    Raises:
        InputError: the network cannot be run on images of that shape.
    """
    example = next(chain(network.parameters(), network.buffers()), torch.empty(0))
    dtype = example.dtype if example.is_floating_point() else torch.float32
    try:
        return work(_skeleton(network), torch.zeros(ROWS, *shape, dtype=dtype, device="meta"))
    except Exception:  # a network may do anything that meta tensors cannot
        try:
            with evaluating(network):
                return work(network, torch.zeros(ROWS, *shape, dtype=dtype, device=example.device))
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"The network cannot be run on images of shape {shape} "
                f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}); "
                "pass images, or a shape (channels, height, width), that it takes."
            ) from error


def input_shapes(model: VisionModel, shape: tuple[int, int, int] | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shape of a model's images, given or its own, and that which its network sees.

    Args:
        model: the model.
        shape: (channels, height, width), or None for its own.

    Returns:
        (channels, height, width) before and after resizing.

    Raises:
        InputError: no such shape is known, or the model takes other images.

    Example:
        >>> from freqlib.vision import as_model
        >>> input_shapes(as_model(nn.Conv2d(3, 4, 3)), (3, 8, 8))
        ((3, 8, 8), (3, 8, 8))
    """
    shape = tuple(shape or model.input_shape or ())
    if len(shape) != 3 or min(shape) < 1:
        told = f"is {shape}" if shape else "is not known"
        raise InputError(f"The image shape of {model.name} {told}; pass shape=(channels, height, width).")
    model.check(torch.empty(0, *shape))
    return shape, tuple(model.resize(torch.zeros(1, *shape, device=model.device)).shape[1:])


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into eval mode for a while.

    Args:
        model: any; behind the block every part of it is in the mode that it was in.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            if type(module).train is not nn.Module.train:  # one that does more than remember the mode
                module.train(training)
        for module, training in modes:
            module.training = training


def _skeleton(network: nn.Module) -> nn.Module:
    """Copy a network without the values of its parameters and buffers."""
    memo: dict[int, Any] = {}
    for t in chain(network.parameters(), network.buffers()):
        empty = torch.empty_like(t, device="meta", requires_grad=False)
        is_parameter = isinstance(t, nn.Parameter)
        memo[id(t)] = nn.Parameter(empty, requires_grad=False) if is_parameter else empty
    return copy.deepcopy(network, memo).eval()
