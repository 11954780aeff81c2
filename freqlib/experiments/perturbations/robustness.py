"""How well a model classifies the same images in other forms: blurred, noisy, coarse, or their transform."""

from collections.abc import Iterable

import pandas as pd
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import columns, rate, rate_difference
from freqlib.experiments.evaluation.logits import logits_of
from freqlib.experiments.evaluation.outcomes import outcomes
from freqlib.vision import Images, as_inputs, variant

VARIANTS = ("original", "low:2", "low:4", "high:2", "high:4", "noise:0.05", "noise:0.1", "pixels:24", "pixels:16")


def robustness(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    variants: str | Iterable[str] = VARIANTS,
    progress: bool = True,
) -> pd.DataFrame:
    """Score a model on several forms of the same images.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        data: images and labels.
        variants: names of forms, the first of which the others are compared with: "original"; "low:S" and "high:S", a
            Gaussian blur of S pixels and what it takes away; "box:N", a mean over N pixels; "noise:S" (clamped to
            [0, 1]) and "noise-unclamped:S"; "pixels:N", N pixels a side, bilinear and antialiased, also
            "pixels-bicubic:N", "pixels-nearest:N" and "pixels-aliased:N"; "fourier"; or several, joined by "+".
        progress: show a bar.

    Returns:
        One row a variant: model dataset split variant n top1 top1_low top1_high, d_top1 with its interval (top-1 minus
        that on the first variant, on the same images), mean_rank (of the true class).

    Raises:
        InputError: as by `variant`, no variant at all, or images that do not fit the model.

    Example:
        >>> import torch
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        >>> data = (torch.rand(6, 1, 8, 8), torch.arange(6) % 2)
        >>> table = robustness(net, data, ["original", "low:1"], progress=False)
        >>> table.variant.tolist(), float(table.d_top1[0])
        (['original', 'low:1'], 0.0)
    """
    network, images = as_inputs(model, data)
    names = [variants] if isinstance(variants, str) else list(variants)
    if not names:
        raise InputError("No variant is named; give one or more, such as 'original'.")
    first = images.select([0])
    for name in names:  # what is wrong is refused before any work begins
        network.check(next(iter(variant(first, name).batches(1)))[0])
    groups = None if images.groups is None else images.groups.numpy()
    reference: NDArray | None = None
    rows = []
    for name in tqdm(names, unit="variant", desc="robustness", disable=not progress):
        judged = outcomes(logits_of(network, variant(images, name)), images.labels)
        hits = judged.hit.numpy()
        reference = hits if reference is None else reference
        change = columns("d_top1", hits.mean() - reference.mean(), rate_difference(hits, reference, groups))
        head = {"model": network.name, "dataset": images.name, "split": images.split, "variant": name, "n": len(images)}
        top1 = columns("top1", hits.mean(), rate(hits, groups))
        rows.append({**head, **top1, **change, "mean_rank": float(judged.rank.mean())})
    return pd.DataFrame(rows)
