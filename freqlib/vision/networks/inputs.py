"""A model and the images that it is to look at, held against each other."""

from torch import Tensor, nn

from freqlib.vision.images.checks import check_range
from freqlib.vision.images.images import Images, as_images
from freqlib.vision.networks.models import VisionModel, as_model

FEW = 8


def as_inputs(model: nn.Module | str, data: Images | tuple[Tensor, Tensor]) -> tuple[VisionModel, Images]:
    """Return a model and images, unless the images look as if they were normalized before the model does it.

    Args:
        model: as for `as_model`.
        data: as for `as_images`.

    Returns:
        Both.

    Raises:
        InputError: as by both, or pixels far beyond [0, 1] for a model that normalizes them itself.

    Example:
        >>> import torch
        >>> model, images = as_inputs(nn.Flatten(), (torch.rand(2, 1, 4, 4), torch.tensor([0, 1])))
        >>> len(images)
        2
    """
    network, images = as_model(model), as_images(data)
    if not isinstance(network.normalize, nn.Identity):
        check_range(next(images.select(range(min(FEW, len(images)))).batches(FEW))[0])
    return network, images
