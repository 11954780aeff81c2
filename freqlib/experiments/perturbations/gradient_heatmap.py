"""The first-order Fourier heatmap: what every frequency would do to the loss, from one backward pass."""

import math
from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor, nn

from freqlib.errors import InputError, one_of
from freqlib.experiments.evaluation.outcomes import losses
from freqlib.experiments.perturbations.heatmap import OUTPUT, PHASES, with_mirrors
from freqlib.signal import frequency_pairs, radius
from freqlib.signal.fourier_basis import PHASES as ANGLES
from freqlib.vision import Images, VisionModel, as_inputs, evaluating

BATCH = 128


def gradient_heatmap(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    eps: float = 4.0,
    phase: str = "cos",
    size: int | None = None,
) -> pd.DataFrame:
    """Estimate a Fourier heatmap from the transform of the loss's gradient.

    With g the gradient of an image's cross-entropy by its pixels and U the wave of unit norm that `fourier_heatmap`
    adds, the loss changes by s eps <g, U> to first order. All frequencies come from one transform of g.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        data: images and labels.
        eps: L2 norm of what would be added to each channel.
        phase: of the wave: "cos", "google" or "random", the mean square over all phases.
        size: only the size x size lowest frequencies, an odd number; None for all.

    Returns:
        One row a frequency, both of a pair: layer ("output") ky kx (signed indices) radius_nyquist loss, the root of
        the mean square over signs of the change of the cross-entropy, averaged over the images; n.

    Raises:
        InputError: eps not positive, an unknown phase, or a size that does not fit.

    Source: first-order expansion of Yin et al., arXiv 1906.08988.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
        >>> len(gradient_heatmap(net, (torch.rand(3, 1, 4, 4), torch.tensor([0, 1, 1]))))
        16
    """
    network, images = as_inputs(model, data)
    one_of(phase, PHASES, "phase")
    if not 0 < eps < math.inf:
        raise InputError(f"eps is {eps}, but must be above 0 and finite.")
    _, h, w = images.shape
    ky, kx = frequency_pairs(h, w, size).T
    alone = ((2 * ky) % h == 0) & ((2 * kx) % w == 0)  # its own mirror: a wave of +-1
    norm = torch.where(alone, 1.0, math.sqrt(2)).double() / math.sqrt(h * w)
    total = torch.zeros(len(ky), dtype=torch.float64)
    for _, _, gradient in input_gradients(network, images):
        at = torch.fft.fft2(gradient.double())[:, :, ky % h, kx % w]
        if phase == "random":
            product = torch.where(alone, at.abs(), at.abs() / math.sqrt(2))
        else:
            angle = torch.where(alone, 0.0, ANGLES[phase])
            product = at.real * angle.cos() + at.imag * angle.sin()
        total += (eps * norm * product).square().sum(1).sqrt().sum(0)
    columns = {"layer": OUTPUT, "ky": ky, "kx": kx, "radius_nyquist": radius(h, w)[ky % h, kx % w]}
    half = pd.DataFrame({**columns, "loss": total / len(images)})
    return with_mirrors(half, h, w).assign(n=len(images))


def input_gradients(model: VisionModel, images: Images) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield the gradient of the cross-entropy by the pixels, batch by batch, with the model in eval mode.

    Args:
        model: its weights stay, and keep no gradient.
        images: with the true labels.

    Returns:
        Iterator of (pixels, labels, gradient); each image's gradient is that of its own loss.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> pair = as_inputs(net, (torch.rand(3, 1, 2, 2), torch.tensor([0, 1, 1])))
        >>> next(input_gradients(*pair))[2].shape
        torch.Size([3, 1, 2, 2])
    """
    with evaluating(model):
        for pixels, labels, _ in images.batches(BATCH):
            with torch.inference_mode(False), torch.enable_grad():  # whatever the caller has switched off
                x = pixels.to(model.device).clone().requires_grad_(True)
                gradient = torch.autograd.grad(losses(model(x), labels.clone()).sum(), x)[0].cpu()
            yield pixels, labels, gradient
