"""Models that take raw images: resizing, normalization and the network in one module."""

from pathlib import Path

import torch
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision.images.root import find_file
from freqlib.vision.networks.architectures import build, check_name, describe
from freqlib.vision.networks.device import as_device, misfits_refused
from freqlib.vision.networks.outputs import Choice, output_indices, read_outputs
from freqlib.vision.networks.preprocessing import Resize, check_normalize, make_normalize, make_resize
from freqlib.vision.networks.weights import load_weights, read_notes, read_weights, sizes_in


class VisionModel(nn.Module):
    """A network from raw images to logits: network(normalize(resize(x))).

    Args:
        network: any module from (b, c, h, w) to (b, classes).
        name: how result tables call it; by default the network's class.
        resize, normalize: modules; identity by default.
        input_shape: (c, h, w) that a raw image has by default; None if not known.
        outputs: indices (or ImageNet synsets) of the logits to keep, in that order, lists of them to take the
            largest of each, or the path of a JSON list; None keeps all.
        num_classes: logits of the network; None if not known.

    Attributes:
        network, resize, normalize, name, input_shape: as above.
        num_classes: logits of the model, behind `outputs`; None if not known.
        outputs: int64 buffer of the logits that are kept, not part of the state dict, or None.
        groups: how many of them make each output of the model.

    Raises:
        InputError: `outputs` is empty, repeats a logit or goes beyond the network's.

    Example:
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
        >>> VisionModel(network, outputs=[4, 0])(torch.zeros(1, 3, 2, 2)).shape
        torch.Size([1, 2])
    """

    outputs: Tensor | None

    def __init__(
        self,
        network: nn.Module,
        *,
        name: str | None = None,
        resize: nn.Module | None = None,
        normalize: nn.Module | None = None,
        input_shape: tuple[int, int, int] | None = None,
        outputs: Choice | None = None,
        num_classes: int | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.resize = resize or nn.Identity()
        self.normalize = normalize or nn.Identity()
        self.name = name or type(network).__name__
        self.input_shape = input_shape
        entries, self.groups = ([], []) if outputs is None else read_outputs(outputs)
        kept = output_indices(entries, num_classes) if entries else None
        self.register_buffer("outputs", None if kept is None else torch.tensor(kept), False)
        self.num_classes = num_classes if kept is None else len(self.groups)
        self._due = 0 if kept is None else max(kept) + 1

    @property
    def device(self) -> torch.device:
        """Where the weights are; the CPU for a network without any."""
        return next((p.device for p in self.parameters()), torch.device("cpu"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of raw images.

        Args:
            x: (b, c, h, w) floats in [0, 1].

        Returns:
            (b, classes) logits.

        Raises:
            InputError: the images are no such tensor or have another number of channels than the
                network, or `outputs` goes beyond the logits.
        """
        self.check(x)
        with misfits_refused(self.name, x):
            # A copy, since a network may work in place; the images are used again.
            resized = self.resize(x.clone())
            check_normalize(self.normalize, resized)
            logits = self.network(self.normalize(resized))
        if self.outputs is None:
            return logits
        if self._due > logits.shape[1]:
            output_indices([self._due - 1], logits.shape[1])
        chosen = logits[:, self.outputs]
        if max(self.groups) == 1:
            return chosen
        return torch.stack([group.amax(1) for group in chosen.split(self.groups, 1)], 1)

    def check(self, x: Tensor) -> None:
        """Refuse images that the model cannot take.

        Args:
            x: images.

        Raises:
            InputError: as for `forward`.
        """
        if x.ndim != 4 or not x.is_floating_point():
            kind = str(x.dtype).removeprefix("torch.")
            raise InputError(
                f"The images are {kind} of shape {tuple(x.shape)}, but floats in [0, 1] of shape "
                "(batch, channels, height, width) are expected."
            )
        channels = x.shape[1]
        if self.input_shape is not None and channels != self.input_shape[0]:
            raise InputError(
                f"The images have {channels} channel{'s' * (channels > 1)}, but {self.name} takes {self.input_shape[0]}"
                "; choose other images (photo-patches are grey, photo-patches-rgb are not, and x.expand(-1, 3, -1, -1) "
                f"turns grey into RGB), or a model for {channels}."
            )


def load_model(
    model: str | nn.Module,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    normalize: object = None,
    resize: object = None,
    outputs: Choice | None = None,
    in_chans: int | None = None,
    device: str | torch.device | None = None,
) -> VisionModel:
    """Return a model in eval mode that takes raw images of any size.

    Args:
        model: a name of timm ("resnet18"), "torchvision:NAME", "cifar:resnet20" (8, 32, 44, 56; with another head
            "cifar:resnet20-mlp", "-conv", "-attention"; anti-aliased "-blur"), "cifar:vit", "cifar:vit-mean" (no class
            token), "cifar:mixer", "cifar:convnext", "cifar:alexnet", "cifar:alexnet-narrow", or an nn.Module.
        weights: None for random weights, drawn from torch's global generator (call torch.manual_seed before), a
            module's own being kept; "pretrained" to fetch them; or the path of a safetensors or .pth file, looked for
            below the data root as well. A JSON file of the same name beside it may hold "normalize" and "resize".
        num_classes: number of logits; by default that of the weights file or the architecture.
        normalize: "imagenet", "half" (mean and standard deviation .5), "none" or (mean, std); by default the notes
            beside the weights, else what the architecture was trained with (ImageNet's for "cifar:..."), else none.
        resize: "none", n for directly n x n pixels (interpolated as the architecture does), (height, width), or an
            nn.Module; by default the notes beside the weights, else what the architecture is evaluated with (shorter
            side first, then a centre crop), else none.
        outputs: logits to keep, in this order: indices, ImageNet synsets ("n01443537"), lists of either (the largest
            logit of each list, as in coarse labels), or the path of a JSON list; None keeps all.
        in_chans: channels of the images; by default those of the weights file, else three.
        device: where the model goes, and with it all that is computed with it; by default the environment's
            FREQLIB_DEVICE, else the CPU, or where a module is.

    Returns:
        VisionModel in eval mode.

    Raises:
        InputError: an unknown name, an argument that does not fit, weights that are missing, unfit or out of reach.

    Example:
        >>> load_model("cifar:vit", num_classes=4)(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 4])
    """
    for what, value in (("num_classes", num_classes), ("in_chans", in_chans)):
        if value is not None and (type(value) is not int or value < 1):
            raise InputError(f"{what} is {value!r}, but must be a whole number, 1 or larger.")
    if isinstance(model, VisionModel):
        raise InputError(f"{model.name} is loaded already; name a network, or pass its own module, model.network.")
    if isinstance(model, str):
        check_name(model)
    elif weights == "pretrained" or (num_classes, in_chans) != (None, None):
        raise InputError(
            f"num_classes, in_chans and weights='pretrained' are for named models, but a module "
            f"({type(model).__name__}) is given; leave them out."
        )
    path = None if weights in (None, "pretrained") else find_file(weights)
    state = None if path is None else read_weights(path)
    notes = {} if path is None else read_notes(path)
    normalize = notes.get("normalize") if normalize is None else normalize
    resize = notes.get("resize") if resize is None else resize
    # Refuse before a network is built, or weights are fetched, what can be refused by then.
    place = as_device(device)
    if normalize is not None:
        make_normalize(normalize, None)
    if resize is not None:
        make_resize(resize)
    if outputs is not None:
        read_outputs(outputs)

    named = isinstance(model, str)
    built = build(model, num_classes, in_chans, weights == "pretrained") if named else describe(model)
    if state is not None:
        sizes = {"num_classes": num_classes, "in_chans": in_chans}
        found = sizes_in(state, built.network) if named else {}
        found = {what: size for what, size in found.items() if sizes[what] is None}
        if found:
            built = build(model, **(sizes | found))
        load_weights(built.network, state, str(path), model if named else type(model).__name__)
    if named:
        # 1.5 times faster on CPUs, and the same numbers; a module of one's own may call view(), which needs its order.
        for module in built.network.modules():
            if isinstance(module, nn.Conv2d):  # others' tensors may have no channels at all
                module.to(memory_format=torch.channels_last)
    statistics = built.statistics if normalize is None else normalize
    channels = None if built.input_shape is None else built.input_shape[0]
    interpolation = [built.resize.interpolation] if isinstance(built.resize, Resize) else []
    loaded = VisionModel(
        built.network,
        name=model if named else None,
        resize=built.resize if resize is None else make_resize(resize, *interpolation),
        normalize=make_normalize(statistics, channels),
        input_shape=built.input_shape,
        outputs=outputs,
        num_classes=built.num_classes,
    )
    return loaded.to(place).eval()


def as_model(model: nn.Module | str) -> VisionModel:
    """Return a model as it is, a module wrapped without preprocessing, or a model by its name.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).

    Returns:
        VisionModel; a wrapped module keeps its mode (training or eval).

    Raises:
        InputError: the name is unknown.

    Example:
        >>> as_model(nn.Flatten()).name
        'Flatten'
    """
    if isinstance(model, VisionModel):
        return model
    if isinstance(model, str):
        return load_model(model)
    built = describe(model)
    wrapped = VisionModel(model, input_shape=built.input_shape, num_classes=built.num_classes)
    wrapped.training = model.training  # of the wrapper alone: parts of the module may be frozen
    return wrapped
