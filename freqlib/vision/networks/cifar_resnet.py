"""ResNets for 32-pixel images (He et al. 2016, arXiv 1512.03385, section 4.2).

Three stages of 16, 32 and 64 channels; where a stage halves the resolution, the shortcut takes every
second pixel and pads the new channels with zeros (option A), so that it has no parameters. The anti-aliased form
(Zhang 2019, arXiv 1904.11486) blurs before it takes every second pixel, in both branches; its parameters are the same.
"""

import torch.nn.functional as F
from timm.layers import BlurPool2d
from torch import Tensor, nn

from freqlib.vision.networks.heads import check_map, make_head

DEPTHS = (8, 20, 32, 44, 56)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and an option-A shortcut; ReLU comes after the addition."""

    def __init__(self, in_channels: int, channels: int, stride: int, blur: bool = False) -> None:
        super().__init__()
        self.blur = BlurPool2d(stride=stride) if blur and stride > 1 else None
        self.conv1 = nn.Conv2d(in_channels, channels, 3, 1 if self.blur else stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.act2 = nn.ReLU()
        self.stride, self.padding = stride, channels - in_channels

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, c, h, w) to (b, channels, h / stride, w / stride)."""
        y = self.act1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(self.blur(y) if self.blur else y))
        if self.stride > 1 or self.padding:
            x = self.blur(x) if self.blur else x[:, :, :: self.stride, :: self.stride]
            before = self.padding // 2
            x = F.pad(x, (0, 0, 0, 0, before, self.padding - before))
        return self.act2(y + x)


class CifarResNet(nn.Module):
    """ResNet of 6 n + 2 layers for small images.

    Args:
        depth: 8, 20, 32, 44 or 56.
        num_classes: number of logits.
        in_chans: channels of the images.
        head: "linear" on the mean of the last map, or another of `make_head` on the map itself, 8x8 for 32x32 images;
            attention fits the positions that it has learned to maps of another size.
        blur: blur before every halving of the resolution.

    Example:
        >>> import torch
        >>> CifarResNet(20).eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self, depth: int, num_classes: int = 10, in_chans: int = 3, head: str = "linear", blur: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_chans, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.act1 = nn.ReLU()
        blocks = (depth - 2) // 6
        self.layer1 = self._stage(16, 16, blocks, stride=1, blur=blur)
        self.layer2 = self._stage(16, 32, blocks, stride=2, blur=blur)
        self.layer3 = self._stage(32, 64, blocks, stride=2, blur=blur)
        # Drawn whatever the head, so that networks with different heads begin with the same backbone.
        linear = nn.Linear(64, num_classes)
        self.linear = linear if head == "linear" else None
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)
        self.head, self.kind = None if self.linear else make_head(head, (64, 8, 8), num_classes), head

    @staticmethod
    def _stage(in_channels: int, channels: int, blocks: int, stride: int, blur: bool) -> nn.Sequential:
        first = BasicBlock(in_channels, channels, stride, blur)
        return nn.Sequential(first, *(BasicBlock(channels, channels, 1) for _ in range(blocks - 1)))

    def forward(self, x: Tensor) -> Tensor:
        """Map images (b, in_chans, h, w) to logits (b, num_classes)."""
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        check_map(self.kind, *x.shape[-2:])
        return self.head(x) if self.head else self.linear(x.mean((2, 3)))
