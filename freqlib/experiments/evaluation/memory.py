"""How many images fit into a memory limit when a batch grows by its edits on the way."""

from contextlib import ExitStack

import torch
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision import VisionModel

LARGEST_BATCH = 128
# Without a limit. Small: on a CPU, large activations cost more in fresh pages than large batches save.
CPU_BYTES = 2**28
GPU_SHARE = 0.6


@torch.no_grad()
def bytes_per_image(model: VisionModel, copies: dict[nn.Module | None, int], image: Tensor) -> int:
    """Estimate the peak memory that one image takes in a one-pass sweep.

    Args:
        model: in eval mode.
        copies: how many rows are appended behind a module, or to the images (None).
        image: (c, h, w) float32, on the model's device.

    Returns:
        Bytes: the largest, over the modules, of rows x (a block's input, a module's input and its output), and at a
        cut of the edits beside their temporaries.
    """
    rows = 1 + copies.get(None, 0)
    peak = rows * 4 * image.numel() * image.element_size()

    def visit(module: nn.Module, args: tuple, output: object) -> None:
        nonlocal rows, peak
        if not isinstance(output, Tensor):
            return
        size = output.numel() * output.element_size()
        rows += copies.get(module, 0)
        peak = max(peak, rows * 3 * size + copies.get(module, 0) * size)
        if next(module.children(), None) is None:
            largest = max([size, *(a.numel() * a.element_size() for a in args if isinstance(a, Tensor))])
            peak = max(peak, rows * 3 * largest)

    with ExitStack() as hooks:
        for module in model.modules():
            hooks.enter_context(module.register_forward_hook(visit))
        logits = model(image[None])
    return max(peak, rows * logits.numel() * 4 * 6)


def choose_batch(per_image: int, memory: float | None, device: torch.device) -> int:
    """Choose how many images to run at once.

    Args:
        per_image: bytes, as `bytes_per_image` estimates them.
        memory: the limit in bytes, or None for a share of the device's.
        device: on which the model runs.

    Returns:
        A number from 1 to 128.

    Raises:
        InputError: a limit below the minimum, which is named.

    Example:
        >>> choose_batch(2**20, 8 * 2**20, torch.device("cpu"))
        8
    """
    if memory is None:
        free = torch.cuda.mem_get_info(device)[0] * GPU_SHARE if device.type == "cuda" else CPU_BYTES
        return max(1, min(LARGEST_BATCH, int(free // per_image)))
    if not memory >= per_image:
        raise InputError(
            f"A memory limit of {memory:.0f} bytes holds no image with all its edits; allow at least {per_image:.0f}, "
            "or ask for fewer layers, modes or controls."
        )
    return min(LARGEST_BATCH, int(memory // per_image))
