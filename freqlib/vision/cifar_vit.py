"""A small Vision Transformer for 32-pixel images (Dosovitskiy et al. 2021, arXiv 2010.11929).

Patches of 4 pixels give an 8x8 grid, as many positions as the last stage of a CIFAR ResNet; with a
width of 96, six blocks and three heads it has 0.7 million parameters.
"""

from timm.models.vision_transformer import VisionTransformer


def cifar_vit(num_classes: int = 10, in_chans: int = 3, class_token: bool = True) -> VisionTransformer:
    """Return a small ViT with random weights.

    Args:
        num_classes: number of logits.
        in_chans: channels of the images.
        class_token: read the logits from a class token; if False, from the average of all tokens.

    Returns:
        timm VisionTransformer for images (b, in_chans, 32, 32).

    Example:
        >>> import torch
        >>> cifar_vit().eval()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """
    return VisionTransformer(
        img_size=32,
        patch_size=4,
        in_chans=in_chans,
        num_classes=num_classes,
        embed_dim=96,
        depth=6,
        num_heads=3,
        class_token=class_token,
        global_pool="token" if class_token else "avg",
    )
