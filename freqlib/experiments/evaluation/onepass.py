"""Many edits of many layers in one forward pass.

At each cut a forward hook appends the edited copies of the clean part of the batch, so that behind the cut the batch
is [clean | edits of layer 1 | edits of layer 2 | ...]. No prefix of the network is run twice.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.experiments.evaluation.outcomes import as_logits
from freqlib.experiments.evaluation.precision import computing_in
from freqlib.vision import Images, Layer, VisionModel, evaluating


@dataclass(frozen=True)
class Cut:
    """A layer, and what is appended there.

    Args:
        layer: where.
        copies: how many edited copies of the clean batch.
        write: called with the clean maps (b, c, h, w) float32, the images' indices (b,) and a tensor
            (copies, b, c, h, w) to be filled.
    """

    layer: Layer
    copies: int
    write: Callable[[Tensor, Tensor, Tensor], None]


class OnePass:
    """Runs a model over a batch with all cuts applied at once.

    Args:
        model: in eval mode.
        cuts: in the order of execution.
        autocast: the type in which the network computes, or None for its own; edits are made in float32 all the same.
        head: classifies the maps (rows, c, h, w) of the only cut, in place of the rest of the network.
    """

    def __init__(
        self, model: VisionModel, cuts: list[Cut], autocast: torch.dtype | None = None, head: nn.Module | None = None
    ) -> None:
        self.model, self.cuts, self.autocast, self.head = model, cuts, autocast, head

    @torch.no_grad()
    def __call__(self, images: Tensor, index: Tensor) -> Tensor:
        """Return the logits of the untouched batch and of every edit.

        Args:
            images: (b, c, h, w) float32, on the model's device.
            index: (b,) int64.

        Returns:
            (1 + copies of all cuts, b, classes) float32, the untouched batch first.

        Raises:
            InputError: the model's output is no (rows, classes) tensor.
        """
        batch = len(images)
        if self.head is not None:
            (cut,) = self.cuts
            (maps,), _ = layer_outputs(self.model, [cut.layer], images, self.autocast)
            edited = maps.new_empty(1 + cut.copies, *maps.shape)
            edited[0] = maps
            cut.write(maps, index, edited[1:])
            return self.head(edited.flatten(0, 1)).unflatten(0, (-1, batch))

        def hook(cut: Cut) -> Callable:
            return lambda module, args, output: append(cut, output, index)

        with ExitStack() as stack:
            for cut in self.cuts:
                if cut.layer.module is None:
                    images = append(cut, images, index)
                else:
                    stack.callback(cut.layer.module.register_forward_hook(hook(cut)).remove)
            stack.enter_context(computing_in(self.autocast, images.device))
            logits = as_logits(self.model(images))
        if len(logits) != (rows := batch * (1 + sum(cut.copies for cut in self.cuts))):
            raise InputError(f"The model returns {len(logits)} rows for {rows} images, but must return one each.")
        return logits.float().unflatten(0, (-1, batch))


def append(cut: Cut, output: Tensor, index: Tensor) -> Tensor:
    """Return a layer's output with the cut's edited copies of its clean part behind it.

    Args:
        cut: what to append.
        output: the layer's output, any layout; its first len(index) rows are the clean part.
        index: (b,) int64.

    Returns:
        A tensor like `output` with copies * b more rows; prefix tokens are those of the clean part.
    """
    rows, batch, extra = len(output), len(index), cut.copies * len(index)
    layout = torch.contiguous_format
    if output.ndim == 4 and output.is_contiguous(memory_format=torch.channels_last):
        layout = torch.channels_last
    shape = (rows + extra, *output.shape[1:])
    full = torch.empty(shape, dtype=output.dtype, device=output.device, memory_format=layout)
    full[:rows] = output
    clean = output[:batch]
    if cut.layer.prefix_tokens:
        full[rows:].unflatten(0, (cut.copies, batch))[:] = clean
    cut.write(cut.layer.grid(clean).float(), index, cut.layer.grid(full[rows:]).unflatten(0, (cut.copies, batch)))
    return full


@torch.no_grad()
def layer_outputs(
    model: VisionModel, layers: list[Layer], images: Tensor, autocast: torch.dtype | None = None
) -> tuple[list[Tensor], Tensor]:
    """Run a model and return the maps of some layers.

    Args:
        model: in eval mode.
        layers: whose maps are wanted.
        images: (b, c, h, w) float32, on the model's device.
        autocast: the type in which the network computes, or None for its own.

    Returns:
        One (b, c, h, w) float32 tensor a layer, and the model's output.
    """
    found: dict[str, Tensor] = {}

    def keep(layer: Layer) -> Callable:
        def hook(module: nn.Module, args: tuple, output: Tensor) -> None:
            # A copy, since a later module may work in place.
            found[layer.name] = layer.grid(output).to(torch.float32, copy=True)

        return hook

    with ExitStack() as stack:
        for layer in layers:
            if layer.module is None:
                found[layer.name] = images
            else:
                stack.callback(layer.module.register_forward_hook(keep(layer)).remove)
        stack.enter_context(computing_in(autocast, images.device))
        logits = model(images)
    return [found[layer.name] for layer in layers], logits


def layer_maps(
    model: VisionModel, layers: list[Layer], images: Images, batch: int = 64, autocast: torch.dtype | None = None
) -> Iterator[list[Tensor]]:
    """Yield the maps of some layers, batch by batch, with the model in eval mode.

    Args:
        model: any mode.
        layers: whose maps are wanted.
        images: the data.
        batch: images at a time.
        autocast: as for `layer_outputs`.

    Yields:
        One (b, c, h, w) float32 tensor a layer, on the model's device.
    """
    with evaluating(model):
        for pixels, _, _ in images.batches(batch):
            yield layer_outputs(model, layers, pixels.to(model.device), autocast)[0]
