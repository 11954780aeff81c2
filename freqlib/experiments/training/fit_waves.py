"""Experiment A of S3: which of three waves a small network learns first, with and without a penalty on its weights."""

import math
from collections.abc import Sequence

import pandas as pd
import torch
from torchvision.ops import MLP
from tqdm.auto import tqdm

from freqlib.errors import InputError

POINTS, TRAINED, WIDTH, HIDDEN = 1024, 400, 128, 3


def fit_waves(
    penalty: float = 0.0,
    frequencies: Sequence[int] = (5, 20, 50),
    steps: int = 4000,
    every: int = 100,
    lr: float = 1e-3,
    seed: int = 0,
    progress: bool = True,
) -> pd.DataFrame:
    """Train a network of one input and one output on a sum of sines, and follow each of them.

    y = sum of sin(k x) on 1024 points of [0, 2 pi), 400 of which are trained on, drawn by `seed`; three hidden layers
    of 128 rectified units; Adam on the mean square of the error plus `penalty` times the sum of all squared weights.

    Args:
        penalty: the L2 coefficient, 0 or larger.
        frequencies: whole numbers from 1 to 511, in cycles over the interval.
        steps: of the training, all 400 points at a time.
        every: steps between two looks.
        lr: learning rate.
        seed: of weights and points.
        progress: show a bar.

    Returns:
        One row a look and frequency: step frequency explained (1 minus the power of the error's Fourier coefficient at
        the frequency over that of y, on all 1024 points: 1 is learned, 0 is not) loss (mean square on the trained
        points).

    Raises:
        InputError: a penalty below 0, a learning rate that is not above 0, no steps, or frequencies out of range.

    Source: Lu, arXiv 2512.22192, experiment A; the activation is not stated there.

    Example:
        >>> fit_waves(steps=2, every=1, progress=False).step.unique().tolist()
        [0, 1, 2]
    """
    if not 0 <= penalty < math.inf or not 0 < lr < math.inf or steps < 1 or every < 1:
        numbers = f"penalty={penalty}, lr={lr}, steps={steps} and every={every}"
        raise InputError(f"{numbers} must be finite, and 0 or more, above 0, 1 or more and 1 or more.")
    if not frequencies or not all(1 <= k < POINTS // 2 for k in frequencies):
        raise InputError(f"frequencies is {list(frequencies)}, but must be some of 1 to {POINTS // 2 - 1}.")
    x = 2 * math.pi * torch.arange(POINTS) / POINTS
    y = sum(torch.sin(k * x) for k in frequencies)
    generator = torch.Generator().manual_seed(seed)
    trained = torch.randperm(POINTS, generator=generator)[:TRAINED]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = MLP(1, HIDDEN * [WIDTH] + [1])
    # Coupled decay is the gradient of the penalty: that of p w^2 is 2 p w.
    optimizer = torch.optim.Adam(network.parameters(), lr, weight_decay=2 * penalty)
    rows = []
    # Under a penalty weights fade until they are denormal numbers, with which a CPU is four times slower.
    torch.set_flush_denormal(True)
    try:
        for step in tqdm(range(steps + 1), unit="step", desc=f"penalty {penalty:g}", disable=not progress):
            loss = (network(x[trained, None])[:, 0] - y[trained]).square().mean()
            if step % every == 0:
                with torch.no_grad():
                    error = torch.fft.rfft(network(x[:, None])[:, 0] - y)
                # The transform of one sine has half the number of points for an amplitude at its frequency.
                explained = {k: 1 - float(error[k].abs() / (POINTS / 2)) ** 2 for k in frequencies}
                now = {"step": step, "loss": loss.item()}
                rows += [now | {"frequency": k, "explained": share} for k, share in explained.items()]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    finally:
        torch.set_flush_denormal(False)
    return pd.DataFrame(rows)
