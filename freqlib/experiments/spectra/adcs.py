"""Which frequencies a class has more of than the other classes: the accumulative difference of class-wise spectra."""

import pandas as pd
import torch
from torch import Tensor

from freqlib.errors import InputError, check_seed
from freqlib.signal.frequencies import radius, signed_index
from freqlib.vision import Images, as_images

BATCH = 256
# Amplitudes that differ by less than this share of the largest are the same: pixels are float32, whose rounding leaves
# some 1e-9 of it where there is nothing.
ROUNDING = 1e-8


def adcs(
    data: Images | tuple[Tensor, Tensor], corrected: bool = True, permutations: int = 0, seed: int = 0
) -> pd.DataFrame:
    """Compare the amplitude spectra of classes, frequency by frequency.

    With E_i the mean over the images of class i, and over channels, of |fft2|, the value of class i at a frequency is
    the sum over the other classes j of sign(E_i - E_j): from 1 - C (least of C classes) to C - 1 (most). Amplitudes
    that differ by less than 1e-8 of the largest, the rounding of float32 pixels, count as equal.

    Args:
        data: from `load_data`, or a pair of images and labels.
        corrected: False for the published code, which sums over a class's images, so that a class with more images
            has more of everything.
        permutations: repeat with labels shuffled so many times, to see what chance brings about. Some class always has
            most, however little more, so that the difference itself is held against chance and not its sign.
        seed: of the shuffles.

    Returns:
        One row a class that has an image and a frequency: class ky kx (signed indices, fft2 order) radius_nyquist adcs
        excess (E_i over the mean over the classes, minus 1: how much more, where adcs says only of how many classes);
        and with permutations p, the share of shuffles, the observed labels among them, in which E_i (the mean, whatever
        `corrected` says) lies at least as far from the mean over the classes, and p_all, the same of the farthest
        frequency but DC of each shuffle, distances in units of their spread over the shuffles: with p_all <= .05 at any
        frequency, chance would do as much to a class in one of twenty data sets. Images of one group are no independent
        draws and keep together.

    Raises:
        InputError: fewer than two classes with an image, a negative number of permutations, or permutations of images
            whose groups hold several classes.

    Source: Wang et al., "What do neural networks learn in image classification? A frequency shortcut perspective"
    (ICCV 2023); the maximum over frequencies as in Westfall and Young, "Resampling-based multiple testing" (1993).

    Example:
        >>> bright = torch.ones(2, 1, 2, 2)
        >>> table = adcs((torch.cat([bright, 0 * bright]), torch.tensor([0, 0, 1, 1])))
        >>> table[table.radius_nyquist == 0].adcs.tolist(), table[table.radius_nyquist > 0].adcs.tolist()
        ([1, -1], [0, 0, 0, 0, 0, 0])
    """
    check_seed(seed)
    images = as_images(data)
    present, labels = images.labels.unique(return_inverse=True)
    if len(present) < 2:
        raise InputError(f"Of {len(present)} class there are images in {images.name!r}; two or more can be compared.")
    if permutations < 0:
        raise InputError(f"permutations is {permutations}, but must be 0 or more.")
    generator = torch.Generator().manual_seed(seed)
    # What is shuffled are the labels of groups, or of images where there are none.
    groups = torch.arange(len(labels)) if images.groups is None else images.groups.unique(return_inverse=True)[1]
    of_group = torch.zeros(int(groups.max()) + 1, dtype=torch.int64).index_put_((groups,), labels)
    if permutations and not torch.equal(of_group[groups], labels):
        raise InputError(f"Groups of {images.name} hold images of several classes, so that no labels can be shuffled.")
    orders = (torch.randperm(len(of_group), generator=generator) for _ in range(permutations))
    shuffles = [labels, *(of_group[order][groups] for order in orders)]
    spectra: Tensor | int = 0
    done = 0
    for pixels, _, _ in images.batches(BATCH):
        amplitude = torch.fft.fft2(pixels.double()).abs().mean(1)
        now = torch.stack([shuffled[done : done + len(pixels)] for shuffled in shuffles])
        members = torch.nn.functional.one_hot(now, len(present)).double()
        spectra = spectra + torch.einsum("pnc,nyx->pcyx", members, amplitude)
        done += len(pixels)
    counts = torch.stack([torch.bincount(shuffled, minlength=len(present)) for shuffled in shuffles])
    means = spectra / counts[..., None, None]
    compared = means[0] if corrected else spectra[0]
    nothing = ROUNDING * compared.max()
    middle = means.mean(1, keepdim=True)
    signs = sum(((one := compared - other).sign() * (one.abs() > nothing)).int() for other in compared)
    columns = {"adcs": signs, "excess": (means / middle.clamp_min(ROUNDING * means.max()) - 1)[0]}
    if permutations:
        apart, rounding = (means - middle).abs(), ROUNDING * means.max()
        columns["p"] = (apart >= apart[0] - rounding).double().mean(0)
        apart = apart / apart[1:].square().mean(0).sqrt().clamp_min(rounding)
        apart[..., 0, 0] = 0
        farthest = apart.flatten(2).amax(2)[..., None, None]
        columns["p_all"] = (farthest >= apart[0] - ROUNDING).double().mean(0)
    return by_cell(images, **columns)


def by_cell(images: Images, **columns: Tensor) -> pd.DataFrame:
    """Return values of every class and frequency as a table.

    Args:
        images: whose classes they are; those without an image have no values.
        columns: (classes that have images, h, w) each, fft2 order, by name.

    Returns:
        One row a class and cell: class ky kx (signed indices) radius_nyquist, and the columns.

    Example:
        >>> table = by_cell(as_images((torch.rand(2, 1, 2, 2), torch.tensor([0, 1]))), score=torch.rand(2, 2, 2))
        >>> table.columns.tolist(), len(table)
        (['class', 'ky', 'kx', 'radius_nyquist', 'score'], 8)
    """
    present, (_, h, w) = images.labels.unique(), images.shape
    sides = ([str(images.classes[label]) for label in present], signed_index(h).tolist(), signed_index(w).tolist())
    grid = pd.MultiIndex.from_product(sides, names=["class", "ky", "kx"])
    values = {"radius_nyquist": radius(h, w).repeat(len(present), 1)} | columns
    return pd.DataFrame({name: v.flatten() for name, v in values.items()}, index=grid).reset_index()
