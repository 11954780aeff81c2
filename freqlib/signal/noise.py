"""Seeded noise, one draw an image whatever batch the image is in, and its use on one band."""

import hashlib
import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from freqlib.errors import InputError, check_seed
from freqlib.signal.bands import Bands
from freqlib.signal.filters import Band
from freqlib.signal.transform import as_maps, transform


def generators(
    index: Tensor, seed: int, *purpose: str, device: torch.device | None = None
) -> Iterator[torch.Generator]:
    """Yield one random generator an image, so that no draw depends on the batch.

    Args:
        index: (n,) int64, the images' indices in their full set.
        seed: of the whole experiment.
        purpose: words that set one use of an image's draws apart from another, such as a layer's name.
        device: of the generators; by default the CPU.

    Returns:
        An iterator over n generators. Draws repeat for the same arguments on the same kind of device.

    Example:
        >>> a, b = (torch.rand(3, generator=g) for g in generators(torch.tensor([7, 7]), seed=0))
        >>> torch.equal(a, b)
        True
    """
    for i in index.tolist():
        key = "/".join((str(seed), str(i), *purpose)).encode()
        state = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) >> 1
        yield torch.Generator(device=device or "cpu").manual_seed(state)


def white_noise(like: Tensor, index: Tensor, seed: int, *purpose: str) -> Tensor:
    """Draw white Gaussian noise of the shape of some maps, one draw an image.

    Args:
        like: (n, ..., h, w) float32 or float64.
        index: (n,) int64, the images' indices in their full set.
        seed: of the whole experiment.
        purpose: words that set this use of an image's draws apart.

    Returns:
        A tensor like `like`, mean 0 and variance 1.

    Example:
        >>> white_noise(torch.zeros(2, 3, 4, 4), torch.tensor([0, 5]), seed=0).shape
        torch.Size([2, 3, 4, 4])
    """
    out = torch.empty_like(like, memory_format=torch.contiguous_format)
    for image, generator in zip(out, generators(index, seed, *purpose, device=like.device), strict=True):
        image.normal_(generator=generator)
    return out


def scaled_to(noise: Tensor, energy: Tensor) -> Tensor:
    """Scale every map of noise to an energy, its sum of squares.

    Args:
        noise: (..., h, w).
        energy: (...), not negative.

    Returns:
        (..., h, w); a map without energy stays zero.

    Example:
        >>> scaled_to(torch.ones(2, 2), torch.tensor(1.0)).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    own = noise.square().sum((-2, -1))
    factor = torch.where(own > 0, energy / own, 0).sqrt()
    return noise * factor[..., None, None]


def perturb(
    x: Tensor,
    bands: Bands,
    band: Band,
    strength: float = 1.0,
    seed: int = 0,
    index: Tensor | Iterable[int] | None = None,
) -> Tensor:
    """Add random noise inside one band, or several, with `strength` times the energy that the map has there.

    Args:
        x: (n, ..., h, w), n images, or one image (h, w) or (c, h, w); any real floating type.
        bands: the bands.
        band: a name, a position, or a list of them.
        strength: noise energy over the band's own energy, map by map; 0 changes nothing.
        seed: of the draws.
        index: (n,) integers, the images' indices in their full set; by default 0, 1, ... An image's draw depends on
            its index and the seed alone.

    Returns:
        A tensor like `x`.

    Raises:
        InputError: a negative strength, an index of the wrong length, a band that does not exist.

    Source: S1's third intervention; noise of random phase and Gaussian amplitude.

    Example:
        >>> x = torch.randn(2, 3, 8, 8)
        >>> y = perturb(x, Bands.seven(), "high", strength=0.5)
        >>> torch.allclose(perturb(x[1:], Bands.seven(), "high", 0.5, index=[1]), y[1:], atol=1e-6)
        True
    """
    if not 0 <= strength < math.inf:
        raise InputError(f"strength is {strength}, but must be a number, 0 or larger.")
    check_seed(seed)
    maps = as_maps(x)
    images = maps if maps.ndim > 3 else maps[None]
    try:
        given = torch.arange(len(images)) if index is None else torch.as_tensor(index)
        if (given != given.long()).any():
            raise ValueError
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"index is {index!r}, but must be whole numbers, one an image.") from None
    index = given.long()
    if index.shape != (len(images),):
        raise InputError(f"index has shape {tuple(index.shape)}, but there are {len(images)} images.")
    h, w = maps.shape[-2:]
    plan = transform(h, w, maps.dtype, maps.device)
    mask = bands.mask(h, w, band).to(maps.device)
    coefficients = plan.forward(images)
    energy = plan.energy(coefficients, mask[None]).squeeze(-1)
    # The basis is orthonormal, so noise that is white in the coefficients is white in the map.
    noise = plan.filter(white_noise(coefficients, index, seed), mask)
    out = images + scaled_to(noise, strength * energy)
    return out.reshape(maps.shape).to(x.dtype)
