"""Classifiers on the last map of a network, from one that reads its mean alone to ones that read all of it.

The average over a map is its DC coefficient. What a head does behind that average, however expressive, it does with DC
alone; a convolution or attention in front of it can use every frequency.
"""

from timm.layers import AttentionPool2d
from torch import Tensor, nn

from freqlib.errors import InputError, one_of

HEADS = ("linear", "mlp", "conv", "attention")
HIDDEN = 256
PER_HEAD = 16  # channels that each attention head reads


class Average(nn.Module):
    """Mean over the grid."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, c, h, w) to (b, c)."""
        return x.mean((2, 3))


def make_head(kind: str, shape: tuple[int, int, int], num_classes: int) -> nn.Module:
    """Return a classifier of maps, with random weights.

    Args:
        kind: "linear" (of the mean over the grid), "mlp" (one hidden layer of 256 on the same mean), "conv" (a 3x3
            convolution, batch norm and ReLU before the mean), or "attention" (pooling by attention with learned
            positions, as in CLIP's ResNets).
        shape: (c, h, w) of the map.
        num_classes: number of logits.

    Returns:
        Module from (b, c, h, w) to (b, num_classes).

    Raises:
        InputError: an unknown kind, or a map that the head does not fit.

    Example:
        >>> import torch
        >>> make_head("attention", (64, 8, 8), 10)(torch.zeros(2, 64, 8, 8)).shape
        torch.Size([2, 10])
    """
    one_of(kind, HEADS, "head")
    if min(*shape, num_classes) < 1:
        raise InputError(f"A head of {num_classes} classes fits no map of shape {shape}; both must be 1 or more.")
    c, h, w = shape
    check_map(kind, h, w)
    if kind == "attention" and c % PER_HEAD:
        raise InputError(f"An attention head does not fit a map of {c} channels; a multiple of {PER_HEAD} is due.")
    if kind == "linear":
        return nn.Sequential(Average(), nn.Linear(c, num_classes))
    if kind == "mlp":
        return nn.Sequential(Average(), nn.Linear(c, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, num_classes))
    if kind == "conv":
        convolution = nn.Conv2d(c, c, 3, padding=1, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(c), nn.ReLU(), Average(), nn.Linear(c, num_classes))
    pool = AttentionPool2d(c, (h, w), out_features=c, embed_dim=c, head_dim=PER_HEAD)
    return nn.Sequential(pool, nn.Linear(c, num_classes))


def check_map(kind: str, h: int, w: int) -> None:
    """Refuse a map that is too small for a head that looks at its places.

    Args:
        kind: as for `make_head`.
        h: height of the map.
        w: width of the map.

    Raises:
        InputError: fewer than 3x3 places for a convolution or attention.

    Example:
        >>> check_map("linear", 1, 1)
    """
    if kind in ("conv", "attention") and min(h, w) < 3:
        raise InputError(
            f"A head of kind {kind!r} does not fit a map of {h}x{w}; 3x3 or more is due, or a linear head."
        )
