"""Networks of which a part moves in training, and the rest does not."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from freqlib.errors import one_of


@contextmanager
def only_moving(network: nn.Module, name: str | None) -> Iterator[nn.Module]:
    """Freeze everything but one module for as long as the context lasts.

    Args:
        network: in any mode.
        name: of the module that moves, as in `named_modules`; None for all.

    Returns:
        Context of that module: who trains puts it, and nothing else, into training mode, so that the batch norms of
        the rest keep their statistics and its dropout stays off. Behind it parameters require gradients as before.

    Raises:
        InputError: no module of that name.

    Example:
        >>> net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        >>> with only_moving(net, "1"):
        ...     [p.requires_grad for p in net.parameters()]
        [False, False, True, True]
    """
    if name is None:
        yield network
        return
    moving = dict(network.named_modules())[one_of(name, [n for n, _ in network.named_modules() if n], "module")]
    before = {p: p.requires_grad for p in network.parameters()}
    inside = set(moving.parameters())
    try:
        for p in before:
            p.requires_grad_(before[p] and p in inside)
        yield moving
    finally:
        for p, required in before.items():
            p.requires_grad_(required)
