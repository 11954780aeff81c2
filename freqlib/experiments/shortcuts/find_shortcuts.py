"""Finders of frequency shortcuts behind one interface, and images without what they found.

A shortcut is a small set of frequencies by which a network tells a class. Every finder gives each class and frequency a
score; those with the highest are what it would call the shortcut.
"""

import pandas as pd
import torch
from torch import Tensor, nn

from freqlib.errors import InputError, one_of
from freqlib.experiments.evaluation.logits import logits_of
from freqlib.experiments.evaluation.outcomes import check_outputs
from freqlib.experiments.shortcuts.finders import BATCH, FINDERS, mirrored, score_grid, without
from freqlib.experiments.spectra.adcs import by_cell
from freqlib.vision import Images, as_images, as_inputs


def find_shortcuts(
    model: nn.Module, data: Images | tuple[Tensor, Tensor], how: str = "dominant", published: bool = False
) -> pd.DataFrame:
    """Score every frequency for every class: how much does the class rest on it?

    Args:
        model: from `load_model`, or any nn.Module.
        data: images and labels.
        how: "dominant" (rise of the class's loss without the frequency and its mirror), "gradient" (the same to first
            order, from one backward pass), "hierarchical" (the rise without a patch of frequencies; the best quarter
            of the patches is searched again in smaller ones, 8 cells a side to 1), "heatmap" (change of the output when
            the frequency is added to the class's images), "adcs" (of the images alone: in how many classes there is
            less).
        published: with the fault of the public code: in "adcs", sums instead of means over a class; in "hierarchical",
            the mirror of index k at n - 1 - k, which is another frequency when n is even.

    Returns:
        One row a class that has an image and a frequency: how class ky kx (signed indices, fft2 order) radius_nyquist
        score. `attrs["passes"]` is the cost: forward passes an image, a backward pass counted as two.

    Raises:
        InputError: an unknown finder, labels beyond the model's outputs, or `published` where no public code is at
            fault.

    Source: dominant-frequency maps and ADCS, Wang et al. (ICCV 2023); hierarchical search, Wang et al. (CVPR 2025),
    here in another form.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
        >>> table = find_shortcuts(net, (torch.rand(4, 1, 4, 4), torch.tensor([0, 1, 0, 1])), "gradient")
        >>> len(table), table.attrs["passes"]
        (32, 3)
    """
    network, images = as_inputs(model, data)
    finder = FINDERS[one_of(how, FINDERS, "finder")]
    if published and how not in ("adcs", "hierarchical"):
        raise InputError(f"No public code of {how!r} has a fault that is known; leave published out.")
    if how != "adcs":
        check_outputs(logits_of(network, images.select([0])), images.labels)
    present = images.labels.unique()
    scores, passes = finder(network, images, present, published)
    table = by_cell(images, score=scores)
    table.insert(0, "how", how + " (published)" * published)
    table.attrs["passes"] = passes
    return table


def found_cells(found: pd.DataFrame, name: str, share: float = 0.1) -> Tensor:
    """Return the frequencies that a finder scores highest for a class.

    Args:
        found: from `find_shortcuts`.
        name: of the class.
        share: of all frequencies that are taken, or fewer where no more scores are clear of rounding (above 1e-4 of the
            highest; those of a network that is sure of itself are small and rounded coarsely).

    Returns:
        (h, w) bool, fft2 order, with each cell its mirror, which may be one more; never DC.

    Raises:
        InputError: a class without scores, or a share that is no part of the frequencies.

    Example:
        >>> rows = {"class": "C0", "ky": [0, 0, -1, -1], "kx": [0, -1, 0, -1], "score": [9.0, 2.0, 1.0, 1e-12]}
        >>> found_cells(pd.DataFrame(rows), "C0", share=1.0).tolist()
        [[False, True], [True, False]]
    """
    rows = found[found["class"] == one_of(name, found["class"].unique().tolist(), "class")]
    if not 1 <= round(share * (len(rows) - 1)) < len(rows):
        raise InputError(f"share is {share}, but must leave 1 or more of {len(rows) - 1} frequencies and be 1 at most.")
    scores = score_grid(rows)
    scores[0, 0] = -torch.inf
    highest = _top(scores, round(share * (scores.numel() - 1)))
    return highest & (scores > 1e-4 * scores.max())


def random_cells(among: Tensor, count: int, seed: int = 0) -> Tensor:
    """Draw frequencies from some, each with its mirror, every pair as likely: a control for those that a finder found.

    It keeps the number of cells; those of `freqlib.signal.controls` keep size and energy of a band, image by image.

    Args:
        among: (h, w) bool, fft2 order, with each cell its mirror.
        count: cells to draw, one more where the last one's mirror is another cell.
        seed: of the draw.

    Returns:
        (h, w) bool.

    Raises:
        InputError: more cells than there are.

    Example:
        >>> int(random_cells(torch.ones(4, 4, dtype=torch.bool), 6).sum()) in (6, 7)
        True
    """
    if not 0 <= count <= int(among.sum()):
        raise InputError(f"{count} cells are to be drawn, but there are {int(among.sum())}; draw as many or fewer.")
    scores = torch.rand(among.numel(), generator=torch.Generator().manual_seed(seed)).reshape(among.shape)
    return _top(scores.where(among, -torch.inf), count)


def _top(scores: Tensor, count: int) -> Tensor:
    """The cells of the highest pairs, until there are so many; a pair has the score of the one that comes first."""
    place = torch.arange(scores.numel()).reshape(scores.shape)
    first = torch.minimum(place, mirrored(place))
    own, sizes = first.unique(return_counts=True)
    order = scores.flatten()[own].argsort(descending=True, stable=True)
    before = sizes[order].cumsum(0) - sizes[order]
    return torch.isin(first, own[order[before < count]])


def without_cells(data: Images | tuple[Tensor, Tensor], cells: Tensor) -> Images:
    """Return images without some frequencies.

    Args:
        data: images and labels.
        cells: (h, w) bool, fft2 order, with each cell its mirror.

    Returns:
        Images in memory; their mean stays unless DC is among the cells.

    Raises:
        InputError: cells of another size, or without their mirrors, which would leave complex images.

    Example:
        >>> cells = torch.zeros(4, 4, dtype=torch.bool)
        >>> cells[0, 0] = True
        >>> without_cells((torch.ones(1, 1, 4, 4), torch.tensor([0])), cells).pixels.abs().max()
        tensor(0.)
    """
    images = as_images(data)
    if tuple(cells.shape) != images.shape[1:] or not torch.equal(cells, mirrored(cells)):
        raise InputError(
            f"The cells, {tuple(cells.shape)}, are no set of frequencies of {images.shape[1:]} with their mirrors."
        )
    pixels = torch.cat([without(x, cells) for x, _, _ in images.batches(BATCH)])
    return images.with_pixels(pixels, f"without {int(cells.sum())} cells")
