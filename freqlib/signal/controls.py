"""What an intervention must be compared with: random cells, a random direction, or the old norm."""

import torch
from torch import Tensor

from freqlib.signal.frequencies import orbits
from freqlib.signal.noise import generators, scaled_to

CONTROLS = ("orbits", "energy", "norm")


def shuffled(x: Tensor, index: Tensor, seed: int) -> Tensor:
    """Put the places of every image's maps in random order, all channels alike.

    Every map keeps its values, so its mean and energy; of what is not DC, every frequency expects the same share.

    Args:
        x: (n, c, h, w), any type.
        index: (n,) int64, the images' indices in their full set; an image's order depends on it and the seed alone.
        seed: of the whole experiment.

    Returns:
        A tensor like `x`.

    Example:
        >>> x = torch.arange(8.0).reshape(1, 2, 2, 2)
        >>> y = shuffled(x, torch.tensor([7]), seed=0)
        >>> bool((y[0, 1] - y[0, 0] == 4).all()), float(y.sum())
        (True, 28.0)
    """
    drawn = torch.stack([torch.rand(x[0, 0].numel(), generator=g) for g in generators(index, seed, "shuffled")])
    order = drawn.argsort(dim=1).to(x.device)
    return x.flatten(2).gather(2, order[:, None].expand(-1, x.shape[1], -1)).reshape(x.shape)


def random_orbits(h: int, w: int, cells: int, index: Tensor, seed: int, *purpose: str) -> Tensor:
    """Draw, for every image, whole (+-ky, +-kx) orbits that hold as many cells as a band.

    DC is never drawn. Where no set of orbits holds exactly so many cells (a band with DC on a grid of odd sides),
    one cell fewer is drawn: the band's own count without DC.

    Args:
        h: height of the map.
        w: width of the map.
        cells: of the band, which is the number of its real coefficients.
        index: (n,) int64, the images' indices in their full set.
        seed: of the draws.
        purpose: words that set this use of an image's draws apart, such as layer and band.

    Returns:
        (n, h, w) bool, fft2 order.

    Example:
        >>> random_orbits(8, 8, 12, torch.arange(3), seed=0).sum((1, 2)).tolist()
        [12, 12, 12]
    """
    ids, sizes = orbits(h, w)
    cells = min(cells, h * w - 1)
    drawn = torch.stack([torch.rand(len(sizes), generator=g) for g in generators(index, seed, *purpose)])
    # Cells that are their own mirror image decide the parity: an odd band takes one of them first, all others wait.
    single = sizes == 1
    single[0] = False
    drawn[:, single] += 1
    if cells % 2 and single.any():
        first = torch.where(single, drawn, 3).argmin(1, keepdim=True)
        drawn.scatter_(1, first, -1.0)
    drawn[:, 0] = 4  # DC comes last, and is cut off
    order = drawn.argsort(dim=1)[:, :-1]
    ordered = sizes[order]
    chosen = ordered.cumsum(1) <= cells
    # Where two cells are missing and no orbit of two is left, the last of those gives way to one of four.
    two, missing, free = ordered == 2, cells - (ordered * chosen).sum(1), ordered * ~chosen
    short = (missing >= 2) & ~(free == 2).any(1) & ((free == 1).sum(1) < missing) & (free == 4).any(1)
    last, first = (chosen & two).cumsum(1) == two.sum(1, keepdim=True), (free == 4).cumsum(1) == 1
    chosen ^= ((last & chosen & two) | (first & (free == 4))) & short[:, None]
    # What is still missing (at most 3 cells) is filled with the first orbits that fit.
    for _ in range(3):
        missing = cells - (ordered * chosen).sum(1, keepdim=True)
        fits = ~chosen & (ordered <= missing)
        chosen |= fits & (fits.cumsum(1) == 1)
    kept = torch.zeros(len(index), len(sizes), dtype=torch.bool).scatter_(1, order, chosen)
    return kept[:, ids]


def same_energy(x: Tensor, edited: Tensor, noise: Tensor) -> Tensor:
    """Replace an edit by a random direction of the same energy, DC excluded.

    Args:
        x: (..., h, w), the maps before the edit.
        edited: (..., h, w), the maps after it.
        noise: (..., h, w), white.

    Returns:
        (..., h, w): x + d with |d| = |edited - x| on every map and the mean of d zero.

    Example:
        >>> x = torch.randn(2, 3, 8, 8)
        >>> y = same_energy(x, torch.zeros_like(x), torch.randn_like(x))
        >>> torch.allclose((y - x).norm(), x.norm(), rtol=1e-4)
        True
    """
    return x + scaled_to(noise - noise.mean((-2, -1), keepdim=True), (edited - x).square().sum((-2, -1)))


def same_norm(x: Tensor, edited: Tensor) -> Tensor:
    """Rescale an edited image's maps to the norm that they had before the edit.

    Args:
        x: (n, c, h, w), the maps before the edit.
        edited: (n, c, h, w), the maps after it.

    Returns:
        (n, c, h, w): `edited` times one factor an image, so that the channels keep their proportions; maps that the
        edit left without any energy stay zero.

    Example:
        >>> same_norm(torch.ones(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.5)).unique()
        tensor([1.])
    """
    before, after = (m.flatten(1).norm(dim=1) for m in (x, edited))
    return edited * torch.where(after > 0, before / after, 0)[:, None, None, None]
