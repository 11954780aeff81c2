"""Five ways to say how much a class rests on a frequency; `find_shortcuts` is their interface."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from freqlib.experiments.evaluation.logits import logits_of
from freqlib.experiments.evaluation.outcomes import losses
from freqlib.experiments.perturbations.gradient_heatmap import input_gradients
from freqlib.experiments.perturbations.heatmap import fourier_heatmap
from freqlib.experiments.spectra.adcs import adcs
from freqlib.signal import frequency_pairs
from freqlib.signal.frequencies import signed_index
from freqlib.vision import Images, VisionModel

BATCH = 256
SIDES = (8, 4, 2, 1)  # of the patches of the hierarchical search, in cells
Finder = Callable[[VisionModel, Images, Tensor, bool], tuple[Tensor, int]]


def mirrored(cells: Tensor) -> Tensor:
    """Return what stands at the mirror of every cell, index -k mod n for k.

    Args:
        cells: (..., h, w) of any type, fft2 order.

    Returns:
        (..., h, w).

    Example:
        >>> mirrored(torch.tensor([[False, True, False, False]])).tolist()
        [[False, False, False, True]]
    """
    h, w = cells.shape[-2:]
    return cells[..., -torch.arange(h) % h, :][..., -torch.arange(w) % w]


def without(x: Tensor, cells: Tensor) -> Tensor:
    """Return images with some cells of their transform set to zero.

    Args:
        x: (..., h, w).
        cells: (h, w) bool, fft2 order; the real part is kept if their mirrors are not among them.

    Returns:
        (..., h, w).

    Example:
        >>> without(torch.ones(2, 2), torch.tensor([[True, False], [False, False]])).abs().max()
        tensor(0.)
    """
    return torch.fft.ifft2(torch.fft.fft2(x) * ~cells).real


def _losses(model: VisionModel, images: Images, cells: Tensor | None = None) -> Tensor:
    """The cross-entropy of every image, without some cells."""
    return losses(logits_of(model, images, None if cells is None else partial(without, cells=cells)), images.labels)


def score_grid(rows: pd.DataFrame) -> Tensor:
    """Return the scores (h, w) of one class in fft2 order, whatever the order of the rows."""
    grid = rows.pivot(index="ky", columns="kx", values="score").to_numpy(float)  # DC in the middle
    return torch.fft.ifftshift(torch.tensor(grid))


def _of_classes(values: Tensor, images: Images, present: Tensor) -> Tensor:
    """Means of (n, ...) over the images of every class."""
    return torch.stack([values[images.labels == label].mean(0) for label in present])


def _dominant(model: VisionModel, images: Images, present: Tensor, published: bool) -> tuple[Tensor, int]:
    _, h, w = images.shape
    clean = _of_classes(_losses(model, images), images, present)
    scores = torch.zeros(len(present), h, w, dtype=torch.float64)
    pairs = frequency_pairs(h, w).tolist()
    for ky, kx in pairs:
        cells = torch.zeros(h, w, dtype=torch.bool)
        cells[ky, kx] = cells[-ky % h, -kx % w] = True
        scores[:, cells] = (_of_classes(_losses(model, images, cells), images, present) - clean)[:, None]
    return scores, 1 + len(pairs)


def _gradient(model: VisionModel, images: Images, present: Tensor, published: bool) -> tuple[Tensor, int]:
    _, h, w = images.shape
    twice = torch.full((h, w), 2.0)  # a pair goes as one, and of its own mirror there is one
    twice[:: h // 2 if h % 2 == 0 else h, :: w // 2 if w % 2 == 0 else w] = 1.0
    parts = []
    for pixels, _, gradient in input_gradients(model, images):
        product = (torch.fft.fft2(gradient.double()).conj() * torch.fft.fft2(pixels.double())).real.sum(1)
        parts.append(-product * twice / (h * w))
    return _of_classes(torch.cat(parts), images, present), 3


def _hierarchical(model: VisionModel, images: Images, present: Tensor, published: bool) -> tuple[Tensor, int]:
    _, h, w = images.shape
    clean = _of_classes(_losses(model, images), images, present)
    scores = torch.zeros(len(present), h, w, dtype=torch.float64)
    active = torch.ones(len(present), h, w, dtype=torch.bool)
    passes = 1
    for level, side in enumerate(SIDES):
        rises = {}
        for patch in _patches(h, w, side, published):
            if (active & patch).any():
                rises[len(rises)] = (patch, _of_classes(_losses(model, images, patch), images, present) - clean)
        passes += len(rises)
        kept = torch.zeros_like(active)
        for i in range(len(present)):
            mine = [(patch, float(rise[i])) for patch, rise in rises.values() if (active[i] & patch).any()]
            mine.sort(key=lambda found: found[1])
            for place, (patch, _) in enumerate(mine):
                scores[i, patch] = level + (place + 1) / (len(mine) + 1)
                kept[i, patch] |= place >= min(0.75 * len(mine), len(mine) - 1)
        active = kept
    return scores, passes


def _patches(h: int, w: int, side: int, published: bool) -> list[Tensor]:
    """Squares of the spectrum, each with its mirror and once; DC, which is nobody's shortcut, only as published."""
    rows, columns = signed_index(h) + h // 2, signed_index(w) + w // 2
    blocks = (rows // side)[:, None] * w + (columns // side)[None, :]
    found: dict[tuple, Tensor] = {}
    for block in blocks.unique():
        cells = blocks == block
        if published:  # index n - 1 - k of the spectrum with DC in the middle
            shifted = torch.fft.fftshift(cells)
            cells = cells | torch.fft.ifftshift(shifted.flip(0, 1))
        else:
            cells = cells | mirrored(cells)
            cells[0, 0] = False
        found[tuple(cells.flatten().tolist())] = cells
    return list(found.values())


def _heatmap(model: VisionModel, images: Images, present: Tensor, published: bool) -> tuple[Tensor, int]:
    _, h, w = images.shape
    scores = torch.zeros(len(present), h, w, dtype=torch.float64)
    for i, label in enumerate(present):
        table = fourier_heatmap(model, images.select(images.labels == label), clamp=False, progress=False)
        scores[i] = score_grid(table.assign(score=table.l2))
    return scores, 1 + len(frequency_pairs(h, w))


def _adcs(model: VisionModel, images: Images, present: Tensor, published: bool) -> tuple[Tensor, int]:
    _, h, w = images.shape
    table = adcs(images, corrected=not published)
    return torch.from_numpy(table.adcs.to_numpy(copy=True)).double().reshape(len(present), h, w), 0


FINDERS: dict[str, Finder] = {
    "dominant": _dominant, "gradient": _gradient, "hierarchical": _hierarchical, "heatmap": _heatmap, "adcs": _adcs,
}  # fmt: skip
