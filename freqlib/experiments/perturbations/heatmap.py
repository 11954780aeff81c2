"""Fourier heatmaps: what a model makes of its images when one frequency is added to them."""

from collections.abc import Iterable
from math import inf, pi
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from freqlib.errors import InputError, check_seed, one_of
from freqlib.experiments.evaluation.onepass import layer_outputs
from freqlib.experiments.evaluation.outcomes import as_logits, losses, outcomes
from freqlib.experiments.evaluation.progress import Progress, identify_images, identify_model
from freqlib.signal import fourier_wave, frequency_pairs, radius
from freqlib.signal.noise import generators
from freqlib.vision import Images, as_inputs, check_range, choose_layers, evaluating

PHASES = ("cos", "google", "random")
OUTPUT = "output"
MEASURES = ("error", "loss", "l2", "cosine")
PUBLISHED = ("google", "gatheluck")


def fourier_heatmap(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    eps: float = 4.0,
    phase: str = "cos",
    layers: str | Iterable[str] = (),
    size: int | None = None,
    clamp: bool = True,
    batch: int = 128,
    seed: int = 0,
    published: str | None = None,
    resume: str | Path | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Add every frequency in turn to the images, and measure the error and the change of inner maps.

    An image x becomes clamp(x + s eps U), with U the frequency's wave of unit L2 norm and a sign s drawn for every
    image, frequency and channel. A wave belongs to a pair of mirrored frequencies, which is run once and given to both.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        data: from `load_data`, or a pair of images and labels; pixels from 0 to 1.
        eps: L2 norm of what is added to each channel; 4 is usual at 32x32, 15.7 at 224x224.
        phase: of the wave: "cos", "google" (pi / 4, as in the published code), or "random", drawn for every image and
            frequency.
        layers: names of layers whose maps are compared too, prefix tokens left out.
        size: only the size x size lowest frequencies, an odd number; None for all.
        clamp: keep pixels from 0 to 1.
        batch: images at a time; results do not depend on it, but a resumed run has to keep it.
        seed: of signs and phases; the draws depend on it, on the image's index and on the frequency alone.
        published: with the faults of a public code: "google" (with random signs eps is lost, and 1 is added),
            "gatheluck" (the row of the Nyquist frequency is not measured), or None.
        resume: a file that keeps the progress; an interrupted run goes on from it.
        progress: show a bar with a time estimate.

    Returns:
        One row a layer, "output" first, and frequency, both of a pair: layer ky kx (signed indices) radius_nyquist
        error (share of images that are not classified right) and loss (mean over images of the size of the change of
        the cross-entropy), both NaN for inner layers; l2 and cosine (mean over images of the distance to, and the
        cosine with, the output for the untouched image) clean_error (of the untouched images) n (images).

    Raises:
        InputError: eps not positive, an unknown phase, layer or public code, a size that does not fit, or an output
            that is no (images, classes) tensor.

    Source: Yin et al., "A Fourier perspective on model robustness in computer vision" (NeurIPS 2019).

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
        >>> table = fourier_heatmap(net, (torch.rand(3, 1, 4, 4), torch.tensor([0, 1, 1])), progress=False)
        >>> len(table), table.layer.unique().tolist()
        (16, ['output'])
    """
    model, images = as_inputs(model, data)
    one_of(phase, PHASES, "phase")
    check_seed(seed)
    for name, value in (("eps", eps), ("batch", batch)):
        if not 0 < value < inf:
            raise InputError(f"{name} is {value}, but must be above 0 and finite.")
    if published is not None and one_of(published, PUBLISHED, "public code") == "google":
        eps = 1.0
    chosen = choose_layers(model, images.shape, layers) if layers else []
    channels, h, w = images.shape
    pairs = frequency_pairs(h, w, size)
    identity = {
        **identify_model(model), "images": identify_images(images), "layers": [layer.name for layer in chosen],
        "eps": eps, "phase": phase, "size": size, "clamp": clamp, "seed": seed, "batch": batch,
    }  # fmt: skip
    kept = Progress(resume, identity)
    # Images and, of the batch behind them, frequencies that are done.
    done, begun, wrong = (kept.found.get(name, 0) for name in ("done", "begun", "wrong"))
    sums = kept.found.get("sums", torch.zeros(1 + len(chosen), len(pairs), len(MEASURES), dtype=torch.double))
    whole = {tuple(pair): place for place, pair in enumerate(frequency_pairs(h, w).tolist())}
    drawn = [whole[tuple(pair)] for pair in pairs.tolist()]
    bar = tqdm(total=len(images) * len(pairs), initial=done * len(pairs), unit="pass", desc="heatmap",
               disable=not progress)  # fmt: skip
    left = range(done, len(images))
    with evaluating(model), torch.no_grad():
        for pixels, labels, index in images.select(left).batches(batch) if left else ():
            pixels = pixels.to(model.device)
            if clamp:
                check_range(pixels)
                pixels = pixels.clamp(0, 1)
            clean = _flat(*layer_outputs(model, chosen, pixels))
            wrong += 0 if begun else int((~outcomes(clean[0], labels).hit).sum())
            before = losses(clean[0], labels)
            signs, angles = (draws[:, drawn] for draws in _draws(index, len(whole), channels, seed))
            for i, (ky, kx) in list(enumerate(pairs.tolist()))[begun:]:
                wave = fourier_wave(ky, kx, h, w, angles[:, i] if phase == "random" else phase)
                wave = wave if wave.ndim == 2 else wave[:, None]
                added = pixels + (eps * signs[:, i, :, None, None] * wave).to(pixels)
                perturbed = _flat(*layer_outputs(model, chosen, added.clamp(0, 1) if clamp else added))
                sums[0, i, 0] += int((~outcomes(perturbed[0], labels).hit).sum())
                sums[0, i, 1] += float((losses(perturbed[0], labels) - before).abs().sum())
                for place, (a, b) in enumerate(zip(clean, perturbed, strict=True)):
                    sums[place, i, 2] += float((a - b).norm(dim=1).double().sum())
                    sums[place, i, 3] += float(nn.functional.cosine_similarity(a, b).double().sum())
                bar.update(len(labels))
                if kept.due:
                    kept.save(done=done, begun=i + 1, wrong=wrong, sums=sums)
            done, begun = done + len(labels), 0
            kept.save(done=done, begun=begun, wrong=wrong, sums=sums)
    bar.close()
    table = _table([OUTPUT, *(layer.name for layer in chosen)], pairs, sums.numpy() / len(images), h, w)
    table.attrs["seconds"] = kept.seconds
    if published == "gatheluck" and h % 2 == 0:
        table.loc[table.ky == -(h // 2), list(MEASURES)] = np.nan
    return table.assign(clean_error=wrong / len(images), n=len(images))


def _flat(maps: list[Tensor], logits: Any) -> list[Tensor]:
    return [x.flatten(1) for x in (as_logits(logits).float(), *maps)]


def _draws(index: Tensor, pairs: int, channels: int, seed: int) -> tuple[Tensor, Tensor]:
    """Signs (n, pairs, channels) and angles (n, pairs) of the images' perturbations."""
    signs, angles = [], []
    for generator in generators(index, seed, "heatmap"):
        signs.append(torch.randint(2, (pairs, channels), generator=generator) * 2 - 1)
        angles.append(torch.rand(pairs, generator=generator) * 2 * pi)
    return torch.stack(signs), torch.stack(angles)


def _table(names: list[str], pairs: Tensor, means: np.ndarray, h: int, w: int) -> pd.DataFrame:
    ky, kx = pairs.T
    columns = {"ky": ky, "kx": kx, "radius_nyquist": radius(h, w)[ky % h, kx % w]}
    rows = []
    for name, mean in zip(names, means, strict=True):
        rows.append(pd.DataFrame(columns | dict(zip(MEASURES, mean.T, strict=True))).assign(layer=name))
    whole = with_mirrors(pd.concat(rows, ignore_index=True), h, w)
    whole.loc[whole.layer != OUTPUT, ["error", "loss"]] = np.nan
    return whole[["layer", "ky", "kx", "radius_nyquist", *MEASURES]]


def with_mirrors(half: pd.DataFrame, h: int, w: int) -> pd.DataFrame:
    """Give what was measured of a pair of mirrored frequencies to both.

    Args:
        half: one row a layer and pair, with the columns layer ky kx.
        h: height of the images.
        w: width of the images.

    Returns:
        One row a layer and frequency.

    Example:
        >>> with_mirrors(pd.DataFrame({"layer": "a", "ky": [0, 1, -2], "kx": 0}), 4, 4).ky.tolist()
        [0, 1, -2, -1]
    """
    # The mirror of -n/2 is n/2, which is the same cell.
    mirror = half.assign(ky=(-half.ky + h // 2) % h - h // 2, kx=(-half.kx + w // 2) % w - w // 2)
    return pd.concat([half, mirror]).drop_duplicates(["layer", "ky", "kx"], ignore_index=True)
