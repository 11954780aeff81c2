"""Networks for 32-pixel images, of timm's building blocks; all but the ResNet-18 of about the size of a ResNet-20.

The transformer and the mixer cut patches of 4 pixels: an 8x8 grid, as many positions as the last stage of a CIFAR
ResNet. The ConvNeXt starts at 16x16 and halves twice. Of 0.3 to 0.8 million parameters each; the ResNet-18 of 11.
"""

from timm.models.convnext import ConvNeXt
from timm.models.mlp_mixer import MlpMixer
from timm.models.resnet import BasicBlock, ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

_TOKENS = {"img_size": 32, "patch_size": 4, "embed_dim": 96}


def cifar_vit(num_classes: int = 10, in_chans: int = 3, class_token: bool = True) -> VisionTransformer:
    """Return a small ViT with random weights.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.
        class_token: read the logits from a class token; if False, from the average of all tokens.

    Returns:
        timm VisionTransformer for images (b, in_chans, 32, 32).

    Source: Dosovitskiy et al. 2021, arXiv 2010.11929.

    Example:
        >>> import torch
        >>> cifar_vit().eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """
    pool = "token" if class_token else "avg"
    sizes = {"num_classes": num_classes, "in_chans": in_chans}
    return VisionTransformer(depth=6, num_heads=3, class_token=class_token, global_pool=pool, **_TOKENS, **sizes)


def cifar_mixer(num_classes: int = 10, in_chans: int = 3) -> MlpMixer:
    """Return a small MLP-Mixer with random weights.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.

    Returns:
        timm MlpMixer for images (b, in_chans, 32, 32).

    Source: Tolstikhin et al. 2021, arXiv 2105.01601.

    Example:
        >>> import torch
        >>> cifar_mixer().eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """
    return MlpMixer(num_blocks=6, num_classes=num_classes, in_chans=in_chans, **_TOKENS)


def cifar_convnext(num_classes: int = 10, in_chans: int = 3) -> ConvNeXt:
    """Return a small ConvNeXt with random weights, without layer scale, which slows short trainings.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.

    Returns:
        timm ConvNeXt for images (b, in_chans, 32, 32).

    Source: Liu et al. 2022, arXiv 2201.03545.

    Example:
        >>> import torch
        >>> cifar_convnext().eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """
    # timm's stages are four, and the first would start at 8x8: left without blocks, it starts at 16x16.
    return ConvNeXt(
        patch_size=1, depths=(0, 2, 2, 2), dims=(16, 48, 96, 160), ls_init_value=None,
        num_classes=num_classes, in_chans=in_chans,
    )  # fmt: skip


def cifar_resnet18(num_classes: int = 10, in_chans: int = 3) -> ResNet:
    """Return a ResNet-18 with random weights, with a 3x3 stem and no pooling behind it, as is usual for small images.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.

    Returns:
        timm ResNet for images (b, in_chans, 32, 32).

    Example:
        >>> import torch
        >>> cifar_resnet18().eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """
    network = ResNet(BasicBlock, (2, 2, 2, 2), num_classes=num_classes, in_chans=in_chans)
    network.conv1, network.maxpool = nn.Conv2d(in_chans, 64, 3, padding=1, bias=False), nn.Identity()
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    return network
