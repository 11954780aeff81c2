"""What a classifier says of a whole set of images."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from freqlib.experiments.evaluation.outcomes import as_logits
from freqlib.experiments.evaluation.precision import computing_in
from freqlib.vision import Images, as_images, as_model, evaluating

BATCH = 256


@torch.no_grad()
def logits_of(
    model: nn.Module,
    data: Images | tuple[Tensor, Tensor],
    change: Callable[[Tensor], Tensor] | None = None,
    autocast: torch.dtype | None = None,
) -> Tensor:
    """Return a classifier's logits for every image.

    Args:
        model: from `load_model`, or any nn.Module; computes in eval mode.
        data: images and labels.
        change: what to do to every batch of pixels before, or None.
        autocast: the network's type, or None.

    Returns:
        (n, classes) float32 on the CPU.

    Raises:
        InputError: images that the model cannot take, or what it returns are no logits.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> logits_of(net, (torch.rand(3, 1, 2, 2), torch.tensor([0, 1, 1]))).shape
        torch.Size([3, 2])
    """
    network, change = as_model(model), change or nn.Identity()
    with evaluating(network), computing_in(autocast, network.device):
        batches = as_images(data).batches(BATCH)
        found = [as_logits(network(change(x).to(network.device))).float().cpu() for x, _, _ in batches]
    return torch.cat(found)
