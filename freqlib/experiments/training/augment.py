"""Augmentation of a whole batch at once."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from freqlib.errors import InputError

AUGMENTATIONS = ("crop-flip", "shift", "none")


def augment_batch(
    x: Tensor, kind: str | Callable[..., Tensor], generator: torch.Generator, noise: float = 0.0
) -> Tensor:
    """Augment a batch, every image by its own draw.

    Args:
        x: (b, c, h, w).
        kind: "crop-flip": shift by up to an eighth of a side with reflected edges, and mirror half of the images;
            "shift": circular shift by any amount, which keeps every amplitude of the spectrum; "none"; or a function
            of x and generator.
        generator: on the CPU.
        noise: standard deviation of Gaussian noise that is added afterwards, and the pixels clamped to [0, 1]; 0 for
            none.

    Returns:
        (b, c, h, w).

    Raises:
        InputError: a function that returns no batch of as many images.

    Example:
        >>> x = torch.arange(16.0).reshape(1, 1, 4, 4)
        >>> shifted = augment_batch(x, "shift", torch.Generator().manual_seed(0))
        >>> torch.equal(shifted.flatten().sort().values, x.flatten())
        True
    """
    if noise:
        clean = augment_batch(x, kind, generator)
        return (clean + noise * torch.randn(clean.shape, generator=generator).to(clean)).clamp(0, 1)
    if callable(kind):
        changed = kind(x, generator)
        if not isinstance(changed, Tensor) or len(changed) != len(x):
            what = f"{len(changed)} images" if isinstance(changed, Tensor) else f"a {type(changed).__name__}"
            raise InputError(f"augment returns {what} for a batch of {len(x)}; it must return the changed batch.")
        return changed
    if kind == "none":
        return x
    b, _, h, w = x.shape
    reach = (h, w) if kind == "shift" else (h // 8 * 2 + 1, w // 8 * 2 + 1)
    dy, dx = (torch.randint(r, (b, 1), generator=generator).to(x.device) for r in reach)
    rows = torch.arange(h, device=x.device) + dy
    columns = torch.arange(w, device=x.device) + dx
    if kind == "shift":
        rows, columns = rows % h, columns % w
    else:
        x = nn.functional.pad(x, (w // 8, w // 8, h // 8, h // 8), mode="reflect")
        mirrored = torch.randint(2, (b, 1), generator=generator).to(x.device).bool()
        columns = torch.where(mirrored, columns.flip(1), columns)
    image = torch.arange(b, device=x.device)[:, None, None]
    # Advanced indexing puts the channels last; they are moved back, in memory too, for networks that use view(). Of one
    # channel contiguous() would change nothing, and convolutions would take the batch for one with channels last.
    moved = x[image, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved.clone(memory_format=torch.contiguous_format)
