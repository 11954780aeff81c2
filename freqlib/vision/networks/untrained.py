"""The same network before any training."""

import copy

import torch
from torch import Tensor
from torch.optim.swa_utils import update_bn

from freqlib.vision.images.images import Images
from freqlib.vision.networks.models import VisionModel


def untrained(model: VisionModel, seed: int = 0, images: Images | None = None) -> VisionModel:
    """Return a copy of a model with fresh random weights, a control for what its training has brought.

    Modules that can draw their weights anew do so, by PyTorch's rule for their kind and not by the architecture's own
    (which in transformers is narrower); other parameters (tokens, position embeddings) are drawn from a normal
    distribution with their own standard deviation. Running statistics start afresh, at mean 0 and variance 1, or are
    measured on images, as the first steps of a training would.

    Args:
        model: any model; it is left as it was.
        seed: of the draw; torch's global generator is left as it was.
        images: on which batch norms measure their running statistics.

    Returns:
        VisionModel in eval mode.

    Example:
        >>> from freqlib.vision.networks.models import load_model
        >>> model = load_model("cifar:resnet20")
        >>> before = model.network.conv1.weight
        >>> bool((untrained(model).network.conv1.weight == before).any())
        False
    """
    # What a module computed with a gradient, such as a weight from its norm and direction, could not be copied.
    computed = (t for m in model.modules() for t in vars(m).values() if isinstance(t, Tensor) and not t.is_leaf)
    fresh = copy.deepcopy(model, {id(t): t.detach().clone() for t in computed})
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        drawn: set[int] = set()
        for module in fresh.network.modules():
            if callable(getattr(module, "reset_parameters", None)):
                before = [(p, p.clone()) for p in module.parameters()]
                module.reset_parameters()
                # A parametrized weight is computed from others, which the module does not know.
                drawn |= {id(p) for p, old in before if not torch.equal(p, old)}
        for parameter in fresh.network.parameters():
            if id(parameter) not in drawn:
                parameter.normal_(float(parameter.mean()), float(parameter.std(correction=0)))
        if images is not None:
            update_bn(images.batches(64), fresh, fresh.device)
    return fresh.eval()
