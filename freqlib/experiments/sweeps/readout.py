"""S1's question put to one layer: a linear classifier on its maps, in place of the rest of the network."""

import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.evaluation.onepass import layer_maps
from freqlib.experiments.probing.linear import fit_strengths
from freqlib.vision import Images, Layer, VisionModel

STRENGTH = 1e-3
# Edited maps lie apart from all that the classifier was fitted on, where what is left of the way to the optimum shows.
TOLERANCE = 1e-6


def linear_readout(model: VisionModel, layer: Layer, train: Images) -> nn.Module:
    """Fit a linear classifier on the untouched maps of one layer.

    Args:
        model: frozen, in eval mode.
        layer: whose maps are classified.
        train: images and labels to fit on; not those on which the sweep is run.

    Returns:
        A module from maps (rows, c, h, w) to logits (rows, classes), on the model's device.

    Raises:
        InputError: a class without an example in `train`, or fewer than two classes.

    Source: S1, "feed the reconstructed features into a linear classifier".
    """
    if missing := set(range(len(train.classes))) - set(train.labels.tolist()):
        name = train.classes[min(missing)]
        raise InputError(f"Class {name!r} has no example among the {len(train)} images to fit on; fit on more.")
    maps = [x.cpu() for (x,) in layer_maps(model, [layer], train)]
    (fit,) = fit_strengths(torch.cat(maps), train.labels, [STRENGTH], len(train.classes), TOLERANCE)
    # Not drawn first, which would move the caller's random numbers.
    linear = nn.utils.skip_init(nn.Linear, fit.weight.shape[1], len(fit.weight), dtype=fit.weight.dtype)
    linear.load_state_dict({"weight": fit.weight, "bias": fit.bias})
    return nn.Sequential(nn.Flatten(), linear).requires_grad_(False).to(model.device)
