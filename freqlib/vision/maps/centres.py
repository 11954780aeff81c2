"""Where in the image a value of a network's activations comes from.

Every value is given the centre of its receptive field, as fractions of the image's height and width.
The centres start at the pixels and are carried through the operations of a forward pass; what
remains of them at a layer tells which axes of its output are rows and columns, in which order they
run, and which tokens belong to no position. Nothing is inferred from sizes, which coincide often.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

# Operations that only move values about: the centres move with them.
MOVES = {
    *("view", "_unsafe_view", "_reshape_alias", "reshape", "permute", "transpose", "t", "expand"),
    *("squeeze", "unsqueeze", "select", "slice", "narrow", "unbind", "split", "split_with_sizes"),
    *("chunk", "cat", "stack", "roll", "flip", "repeat", "constant_pad_nd"),
}
# Operations on (b, c, h, w) maps whose output is again a map of the whole image.
MAPS = {
    *("convolution", "cudnn_convolution", "mkldnn_convolution", "conv2d", "avg_pool2d"),
    *("max_pool2d", "max_pool2d_with_indices", "_adaptive_avg_pool2d", "adaptive_max_pool2d"),
    *("pixel_shuffle", "pixel_unshuffle", "upsample_nearest2d", "_upsample_nearest_exact2d"),
    *("upsample_bilinear2d", "_upsample_bilinear2d_aa", "upsample_bicubic2d"),
    *("_upsample_bicubic2d_aa", "reflection_pad2d", "replication_pad2d"),
}
# Matrix products, with the place of the first of their two factors among the arguments.
PRODUCTS = {"mm": 0, "bmm": 0, "matmul": 0, "linear": 0, "addmm": 1, "baddbmm": 1}
# Beginnings of operations that keep the shape but not the order or meaning of the values: the centres are lost.
SHUFFLES = ("index", "gather", "scatter", "masked_scatter", "take", "sort", "argsort", "topk", "cumsum", "grid_sampler")
SHUFFLES += ("fft_", "_fft_", "stft", "istft")

# Centres are fractions of the image; grids of up to some thousand rows are told apart.
TOLERANCE = 1e-4


class Centres(NamedTuple):
    """Centres of receptive fields, in fractions of the image; NaN where a value has none.

    Attributes:
        y, x: tensors of the activations' shape, float32.
        spread: the range of y plus that of x; 0 where all values see the same place.
    """

    y: Tensor
    x: Tensor
    spread: float


Known = dict[int, Centres]


class Layout(NamedTuple):
    """How a tensor holds a grid: its layout, size, channels, and tokens in front of the grid."""

    layout: str
    height: int
    width: int
    channels: int
    prefix_tokens: int


def map_centres(shape: tuple[int, ...]) -> Centres:
    """Return the centres of a (b, c, h, w) map that covers the whole image.

    Args:
        shape: (b, c, h, w).

    Returns:
        Centres of that shape, without memory for b and c.

    Example:
        >>> map_centres((1, 1, 2, 4)).x[0, 0, 0]
        tensor([0.1250, 0.3750, 0.6250, 0.8750])
    """
    h, w = shape[-2:]
    y = ((torch.arange(h) + 0.5) / h)[:, None].expand(shape)
    x = ((torch.arange(w) + 0.5) / w).expand(shape)
    return Centres(y, x, (h - 1) / h + (w - 1) / w)


def carry(
    name: str, func: Callable[..., Any], args: tuple, kwargs: dict, outputs: list[Tensor], known: Known
) -> list[Centres | None]:
    """Return the centres of an operation's outputs from those of its inputs.

    Args:
        name: the operation's name, without the underscore of in-place variants.
        func: the operation, which is replayed on the centres where it only moves values.
        args, kwargs: its arguments.
        outputs: its tensors.
        known: the centres of those of its tensors that have any, by the tensor's id.

    Returns:
        One entry per output; None where values of many places were mixed.
    """
    sources = [(t, known[id(t)]) for t in tensors((args, kwargs)) if id(t) in known]
    if not sources or name.startswith(SHUFFLES) or "attention" in name:
        return [None] * len(outputs)
    if name in MOVES:
        return _moved(name, func, args, kwargs, outputs, known)
    if name in MAPS:
        covers = _is_map(sources[0][1])
        return [map_centres(tuple(o.shape)) if covers and o.ndim == 4 else None for o in outputs]
    if name in PRODUCTS:
        left, right = args[PRODUCTS[name] : PRODUCTS[name] + 2]
        return [_contracted(known.get(id(left)), known.get(id(right)), outputs[0])]
    # Elementwise and normalizing operations. A residual sum keeps the centres of the operand that
    # still tells places apart: the other may have mixed them.
    best = max(sources, key=lambda source: source[1].spread)
    return [best[1] if o.shape == best[0].shape else None for o in outputs]


def read_layout(centres: Centres | None) -> Layout | None:
    """Return how a tensor with these centres holds a grid of positions, or None if it does not.

    Args:
        centres: of a layer's output.

    Returns:
        "nchw" or "nhwc" for four axes, "tokens" for three (positions row by row behind the prefix
        tokens); None for anything else and for a single position.

    Example:
        >>> read_layout(map_centres((1, 3, 4, 5)))
        Layout(layout='nchw', height=4, width=5, channels=3, prefix_tokens=0)
    """
    if centres is None:
        return None
    y, x = centres.y[0], centres.x[0]
    if y.ndim == 3:
        for layout, axis in (("nchw", 0), ("nhwc", 2)):
            rows, columns = _average(y, axis), _average(x, axis)
            if _is_raster(rows, columns):
                return Layout(layout, rows.shape[0], rows.shape[1], y.shape[axis], 0)
    if y.ndim == 2:
        y, x, channels = _average(y, 1), _average(x, 1), y.shape[1]
        prefix = int((~y.isnan()).float().argmax())
        y, x = y[prefix:], x[prefix:]
        steps = (y.diff().abs() > TOLERANCE).nonzero()
        width = int(steps[0]) + 1 if len(steps) else len(y)
        if len(y) % width == 0 and _is_raster(y.view(-1, width), x.view(-1, width)):
            return Layout("tokens", len(y) // width, width, channels, prefix)
    return None


def tensors(tree: object) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dictionaries, in order.

    Args:
        tree: anything.

    Returns:
        List of Tensor.

    Example:
        >>> tensors(({"a": torch.tensor(1)}, [torch.tensor(2), 3]))
        [tensor(1), tensor(2)]
    """
    if isinstance(tree, Tensor):
        return [tree]
    # Not torch's own tree_leaves, which takes a network's own kind of dictionary for a leaf.
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, tuple | list) else ()
    return [t for part in parts for t in tensors(part)]


def _moved(
    name: str, func: Callable[..., Any], args: tuple, kwargs: dict, outputs: list[Tensor], known: Known
) -> list[Centres | None]:
    """Replay an operation that only moves values on the centres."""
    moved = []
    for axis in (0, 1):
        if "view" in name or "reshape" in name:  # a copy is as good, and always possible
            moved.append([_coordinates(args[0], axis, known).reshape(outputs[0].shape)])
        elif name == "constant_pad_nd":
            moved.append([F.pad(_coordinates(args[0], axis, known), args[1], value=torch.nan)])
        else:
            replayed = (_coordinates(argument, axis, known) for argument in args)
            moved.append(tensors(func(*replayed, **kwargs)))
    spread = max(known[id(t)].spread for t in tensors(args) if id(t) in known)
    return [Centres(y, x, spread) for y, x in zip(*moved, strict=True)]


def _coordinates(argument: Any, axis: int, known: Known) -> Any:
    """Return y or x in place of a tensor or of the tensors in a list; constants have none."""
    if isinstance(argument, list):
        return [_coordinates(part, axis, known) for part in argument]
    if not isinstance(argument, Tensor):
        return argument
    return known[id(argument)][axis] if id(argument) in known else torch.full(argument.shape, torch.nan)


def _contracted(left: Centres | None, right: Centres | None, output: Tensor) -> Centres | None:
    """Average the centres over the contracted axis of a product.

    An output lies where its row of the left factor lies; where those tell no places apart, as attention weights over
    keys, where its column of the right one does.
    """
    for centres, axis in ((left, -1), (right, -2)):
        if centres is None:
            continue
        y, x = (_average(t, axis).unsqueeze(axis) for t in (centres.y, centres.x))
        seen = ~y.isnan()
        spread = sum(float(t[seen].max() - t[seen].min()) for t in (y, x)) if seen.any() else 0
        if spread > TOLERANCE:
            return Centres(y.expand(output.shape), x.expand(output.shape), spread)
    return None


def _average(t: Tensor, axis: int) -> Tensor:
    """Average what is known along an axis, at once where it is one and the same (stride 0)."""
    return t.select(axis, 0) if t.stride(axis) == 0 else t.nanmean(axis)


def _is_map(centres: Centres) -> bool:
    """Tell whether the axes are (b, c, rows, columns), apart from rows and columns that were padded."""
    if centres.y.ndim != 4:
        return False
    y, x = _average(centres.y[0], 0), _average(centres.x[0], 0)
    if y.numel():  # what circular padding writes last may be empty
        rows, columns = (~y.isnan().all(axis) for axis in (1, 0))
        y, x = (t[rows][:, columns] for t in (y, x))
        if not y.numel():
            return False
    return _is_raster(y, x, single=True)


def _is_raster(y: Tensor, x: Tensor, single: bool = False) -> bool:
    """Tell whether y grows along axis 0 alone and x along axis 1 alone."""
    if y.numel() < 2 and not single:
        return False
    down, right = y.diff(dim=0), x.diff(dim=1)
    across = torch.cat([y.diff(dim=1).flatten(), x.diff(dim=0).flatten(), y.new_zeros(1)])
    even = (down > TOLERANCE).all() and (right > TOLERANCE).all() and across.abs().max() < TOLERANCE
    return bool(even and not y.isnan().any())
