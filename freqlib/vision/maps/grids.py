"""A layer's output seen as a grid of positions, whatever its memory layout."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from freqlib.errors import InputError


@dataclass(frozen=True)
class Layer:
    """A place on a network's trunk whose output is a grid of positions.

    Attributes:
        name: the module's named_modules() path inside the wrapped network, or "input".
        kind: "input", "stem" (before the first block), "block" (a residual or concatenating unit),
            "stage" (a composite that holds blocks) or "layer" (anything else).
        height, width: positions of the grid.
        channels: values per position.
        layout: "nchw", "nhwc" or "tokens" (batch, tokens, channels; positions row by row).
        prefix_tokens: class, register and distillation tokens in front of the grid's tokens.
        default: whether the layer is taken when none is named.
        editable: whether `sweep` can edit it; others can be recorded.
        depth: share of the network's weighted modules (convolutions, linear maps, attentions) that
            have run when the layer is done; 0 for the input, 1 for the logits.
        module: the module to hook; None for "input".

    Example:
        >>> import torch
        >>> layer = Layer("blocks.0", "block", 2, 3, 8, "tokens", 1)
        >>> layer.grid(torch.zeros(5, 7, 8)).shape
        torch.Size([5, 8, 2, 3])
    """

    name: str
    kind: str
    height: int
    width: int
    channels: int
    layout: str
    prefix_tokens: int = 0
    default: bool = False
    editable: bool = True
    depth: float = 0.0
    module: nn.Module | None = field(default=None, repr=False, compare=False)

    def grid(self, output: Tensor) -> Tensor:
        """Return the layer's output as a map, without its prefix tokens.

        Args:
            output: what the layer's module returned, (b, c, h, w), (b, h, w, c) or (b, t + h w, c)
                by `layout`, with t prefix tokens.

        Returns:
            (b, c, h, w) view of `output`, same dtype.

        Raises:
            InputError: `output` has not the shape that the layer was found with.
        """
        c, h, w = self.channels, self.height, self.width
        expected = {"nchw": (c, h, w), "nhwc": (h, w, c), "tokens": (self.prefix_tokens + h * w, c)}[self.layout]
        if tuple(output.shape[1:]) != expected:
            raise InputError(
                f"Layer {self.name!r} returned a tensor of shape {tuple(output.shape)}, but "
                f"{('b', *expected)} is expected; list the layers anew for this image shape."
            )
        if self.layout == "nhwc":
            return output.permute(0, 3, 1, 2)
        if self.layout == "tokens":
            return output[:, self.prefix_tokens :].transpose(1, 2).unflatten(2, (h, w))
        return output
