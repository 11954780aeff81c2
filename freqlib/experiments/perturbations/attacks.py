"""Images that are changed so that a model errs; the attacks are those of the Adversarial Robustness Toolbox (ART)."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from freqlib.errors import InputError, one_of
from freqlib.vision import Images, as_inputs, evaluating

ATTACKS = ("fgsm", "pgd")
STEPS = 10
BATCH = 128


def attack(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    kind: str = "pgd",
    eps: float = 8 / 255,
    steps: int = STEPS,
    seed: int = 0,
) -> Images:
    """Change every pixel by at most eps so that a model errs.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights); its gradient is used, its weights stay.
        data: images and their true labels.
        kind: "fgsm" (one step along the sign of the gradient of the loss) or "pgd" (several steps of 2.5 eps / steps
            from a random start, each brought back into the box of eps).
        eps: largest change of a pixel, above 0; images stay within [0, 1].
        steps: of "pgd".
        seed: of its start, which goes by an image's place among these and not by its index.

    Returns:
        Images in memory with the same labels and indices, named after the data set and the attack.

    Raises:
        InputError: an unknown attack, eps not in (0, 1], or steps below 1.

    Source: Goodfellow et al. 2015, arXiv 1412.6572; Madry et al. 2018, arXiv 1706.06083; computed by ART, Nicolae et
    al. 2018, arXiv 1807.01069.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
        >>> x = torch.rand(3, 1, 4, 4)
        >>> changed = attack(net, (x, torch.tensor([0, 1, 1])), "fgsm", eps=0.1)
        >>> bool((changed.pixels - x).abs().max() <= 0.1 + 1e-6)
        True
    """
    network, images = as_inputs(model, data)
    one_of(kind, ATTACKS, "attack")
    if not 0 < eps <= 1 or steps < 1:
        raise InputError(
            f"eps={eps} with steps={steps} makes no attack; eps must lie in (0, 1] and steps be 1 or more."
        )
    with warnings.catch_warnings():  # it imports every framework that it can find
        warnings.simplefilter("ignore")
        from art.attacks.evasion import FastGradientMethod, ProjectedGradientDescentPyTorch
        from art.estimators.classification import PyTorchClassifier
    pixels, labels, _ = next(iter(images.batches(len(images))))
    gradients = [p.grad for p in network.parameters()]  # the caller's, which ART would add to
    network.zero_grad(set_to_none=True)
    with evaluating(network), _seeded(seed), torch.inference_mode(False), torch.enable_grad():
        classes = network(pixels[:1].to(network.device)).shape[1]
        classifier = PyTorchClassifier(
            network, nn.CrossEntropyLoss(), images.shape, classes, clip_values=(0.0, 1.0),
            device_type="cpu" if network.device.type == "cpu" else "gpu",
        )  # fmt: skip
        if kind == "fgsm":
            method = FastGradientMethod(classifier, eps=eps, batch_size=BATCH)
        else:
            method = ProjectedGradientDescentPyTorch(
                classifier, eps=eps, eps_step=2.5 * eps / steps, max_iter=steps, num_random_init=1, batch_size=BATCH,
                verbose=False,
            )  # fmt: skip
        found = method.generate(pixels.numpy(), labels.numpy())
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter.grad = gradient
    return images.with_pixels(torch.from_numpy(found), f"{kind}:{eps:.4g}")


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """ART draws its random start from numpy's global generator and more from torch's; both are left as they were."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
