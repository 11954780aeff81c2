"""The convolutions of a network, and the batch norm that reads what each of them computes."""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from freqlib.errors import InputError
from freqlib.vision.maps.dataflow import record
from freqlib.vision.maps.skeleton import evaluating, input_shapes, on_skeleton
from freqlib.vision.networks.models import VisionModel


class Convolution(NamedTuple):
    """A convolution and the batch norm behind it.

    Args:
        name: as `named_modules` spells it.
        module: of any kernel size, stride, dilation and number of groups.
        norm: the batch norm whose input is the convolution's output, or None.
    """

    name: str
    module: nn.Conv2d
    norm: _BatchNorm | None = None

    def kernels(self, fold_bn: bool = False) -> Tensor:
        """Return the kernels, one for each pair of output and input channel.

        Args:
            fold_bn: multiply each output channel's by what the batch norm multiplies that channel with.

        Returns:
            (out channels, in channels of a group, h, w), of the weight's type.

        Example:
            >>> Convolution("conv", nn.Conv2d(3, 4, 5)).kernels().shape
            torch.Size([4, 3, 5, 5])
        """
        with evaluating(self.module), torch.no_grad():
            for hook in self.module._forward_pre_hooks.values():
                if type(hook).__module__.startswith("torch.nn.utils"):  # a weight that is computed before each pass
                    hook(self.module, ())
        weight = self.module.weight.detach()
        if not fold_bn or self.norm is None:
            return weight
        norm = self.norm
        scale = (norm.running_var + norm.eps).rsqrt() * (1 if norm.weight is None else norm.weight.detach())
        return weight * scale[:, None, None, None]


def convolutions(
    model: VisionModel, paired: bool = True, shape: tuple[int, int, int] | None = None
) -> list[Convolution]:
    """Return the convolutions of a model in the order of its modules.

    Args:
        model: any.
        paired: also find the batch norms, which takes a forward pass without values; batch norms that keep no running
            statistics, or share a convolution, are not paired.
        shape: (channels, height, width) of the raw images, for `paired`; by default what the model expects.

    Returns:
        At least one.

    Raises:
        InputError: no convolution; with `paired`, an input shape that is not known, or that the model does not take.

    Example:
        >>> from freqlib.vision.networks.models import load_model
        >>> [(c.name, c.norm is not None) for c in convolutions(load_model("cifar:resnet20"))][:2]
        [('conv1', True), ('layer1.0.conv1', True)]
    """
    found = [Convolution(name, m) for name, m in model.network.named_modules() if isinstance(m, nn.Conv2d)]
    if not found:
        raise InputError(f"{model.name} has no convolution of images (nn.Conv2d); choose a model that has one.")
    if not paired:
        return found
    pairs = on_skeleton(model.network, input_shapes(model, shape)[1], _pairs)
    return [c._replace(norm=model.network.get_submodule(pairs[c.name]) if c.name in pairs else None) for c in found]


def _pairs(network: nn.Module, x: Tensor) -> dict[str, str]:
    """Run a network once; return the batch norm of each convolution that has one, by name."""
    modules, calls = dict(network.named_modules()), record(network, x).calls
    convs = [name for name in calls if isinstance(modules[name], nn.Conv2d)]
    made = {call.node: name for name in convs for call in calls[name] if call.node}
    norms = [name for name in calls if isinstance(modules[name], _BatchNorm) and modules[name].running_var is not None]
    found = {(made[call.source], name) for name in norms for call in calls[name] if call.source in made}
    shared = Counter(conv for conv, _ in found)
    return {conv: norm for conv, norm in found if shared[conv] == 1}
