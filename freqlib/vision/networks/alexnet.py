"""AlexNet for 32-pixel images, as the authors of the Syn sets used it.

Five 3x3 convolutions without bias, each followed by ReLU and then batch norm; the first has stride 2, and 2x2 pooling
comes after the first, the second and the last; three linear layers with dropout of one half before the first two.
"""

from collections import OrderedDict

from torch import Tensor, nn

WIDE, NARROW = ((96, 256, 384, 384, 256), 4096), ((16, 32, 48, 48, 32), 256)
POOLED = (1, 2, 5)


class AlexNet(nn.Module):
    """AlexNet with 3x3 convolutions.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.
        widths: channels of the five convolutions.
        hidden: width of the two hidden linear layers.

    Source: Wang et al., "Frequency shortcut learning in neural networks" (2022); Krizhevsky et al. 2012.

    Example:
        >>> import torch
        >>> AlexNet(4, 1).eval()(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 4])
    """

    def __init__(
        self, num_classes: int = 10, in_chans: int = 3, widths: tuple[int, ...] = WIDE[0], hidden: int = WIDE[1]
    ) -> None:
        super().__init__()
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        for i, (before, after) in enumerate(zip((in_chans, *widths), widths, strict=False), start=1):
            parts[f"conv{i}"] = nn.Conv2d(before, after, 3, 2 if i == 1 else 1, padding=1, bias=False)
            parts[f"relu{i}"] = nn.ReLU()
            parts[f"norm{i}"] = nn.BatchNorm2d(after)
            if i in POOLED:
                parts[f"pool{i}"] = nn.MaxPool2d(2)
        self.features = nn.Sequential(parts)
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(4 * widths[-1], hidden), nn.ReLU(),
            nn.Dropout(0.5), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, num_classes),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Map images (b, in_chans, 32, 32) to logits (b, num_classes)."""
        return self.classifier(self.features(x).flatten(1))
