"""The layers of a network whose maps can be recorded or edited, found from one recorded forward pass."""

from collections.abc import Iterable
from dataclasses import fields
from weakref import WeakKeyDictionary, ref

import pandas as pd
from torch import Tensor, nn

from freqlib.errors import InputError, one_of
from freqlib.vision.maps.dataflow import Flow, record
from freqlib.vision.maps.grids import Layer
from freqlib.vision.maps.skeleton import input_shapes, on_skeleton, survivors
from freqlib.vision.maps.structure import Place, defaults, depths, find_places, kinds
from freqlib.vision.networks.models import VisionModel, as_model

__all__ = ["Layer", "choose_layers", "find_layers", "layers"]

Survey = tuple[list[Layer], dict[str, str]]
# The last survey of each network, with what it holds for; a notebook asks for the same layers many times.
_surveys: "WeakKeyDictionary[nn.Module, tuple[object, Survey]]" = WeakKeyDictionary()


def layers(model: VisionModel | nn.Module | str, shape: tuple[int, int, int] | None = None) -> pd.DataFrame:
    """List the layers of a model that can be recorded, in the order of the forward pass.

    Args:
        model: from `load_model`, its name, or any nn.Module.
        shape: (channels, height, width) of the raw images; by default what the model expects.

    Returns:
        DataFrame with one row per layer: name, kind (input, stem, layer, block, stage), height,
        width, channels, layout (nchw, nhwc, tokens), prefix_tokens, default, editable (by `sweep`), depth.

    Raises:
        InputError: the model is unknown, its input shape is needed and not known, or it cannot be
            run on that shape.

    Example:
        >>> table = layers("cifar:resnet20")
        >>> table[table.default].name.tolist()
        ['layer1', 'layer2', 'layer3']
    """
    model = as_model(model)
    names = [f.name for f in fields(Layer) if f.name != "module"]
    rows = [[getattr(layer, n) for n in names] for layer in find_layers(model, shape)]
    return pd.DataFrame(rows, columns=names)


def find_layers(model: VisionModel, shape: tuple[int, int, int] | None = None) -> list[Layer]:
    """Return the layers of a model, the pseudo layer "input" first.

    A layer is a module on the trunk whose output is a grid of positions; it is editable if behind it the
    network takes the rows of a batch one by one. Where several modules return the same tensor, those with
    parametrized parts are kept (layer1 and layer1.1), not the leaf that computed it (layer1.1.act2).
    Default are every block of a transformer or mixer, and the last output at each resolution of other
    networks, the stem apart.

    Args:
        model: from `load_model` or `as_model`.
        shape: (channels, height, width) of the raw images; by default model.input_shape.

    Returns:
        List of Layer in the order of the forward pass.

    Raises:
        InputError: as for `layers`.

    Example:
        >>> model = as_model(nn.Conv2d(3, 4, 3))
        >>> [layer.name for layer in find_layers(model, (3, 8, 8))]
        ['input']
    """
    return _survey(model, shape)[0]


def choose_layers(
    model: VisionModel,
    shape: tuple[int, int, int] | None = None,
    names: str | Iterable[str] | None = None,
    editable: bool = False,
) -> list[Layer]:
    """Return the named layers of a model, or the default ones.

    Args:
        model: from `load_model` or `as_model`.
        shape: (channels, height, width) of the raw images; by default model.input_shape.
        names: a name, several, or None for the default layers.
        editable: only such as can be edited.

    Returns:
        List of Layer, in the order of the forward pass, each once.

    Raises:
        InputError: a name is unknown, or its module cannot be recorded or edited (with the reason and
            what can be named instead).

    Example:
        >>> [layer.name for layer in choose_layers(as_model("cifar:resnet20"), names="layer2")]
        ['layer2']
    """
    found, refusals = _survey(model, shape)
    found = [layer for layer in found if layer.editable or not editable]
    usable, what = [layer.name for layer in found], "edited" if editable else "recorded"
    if names is None:
        names = [layer.name for layer in found if layer.default]
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted:
        outermost = [f" ({name!r} cannot be {what}: {why})" for name, why in refusals.items() if "." not in name]
        why = "".join(outermost[-1:])
        raise InputError(
            f"No layer of {model.name} is chosen, or taken by default{why}; name some of: {', '.join(usable)}."
        )
    for name in wanted:
        if isinstance(name, str) and name in refusals and name not in usable:
            raise InputError(f"Layer {name!r} of {model.name} cannot be {what}: {refusals[name]}.")
        one_of(name, usable, f"layer of {model.name}")
    return [layer for layer in found if layer.name in wanted]


def _survey(model: VisionModel, shape: tuple[int, int, int] | None) -> Survey:
    """Find the layers, and for every other module and every one that is not editable the reason."""
    shape, inner = input_shapes(model, shape)
    holds_for = (shape, inner, tuple((name, ref(module)) for name, module in model.network.named_modules()))
    if model.network in _surveys and _surveys[model.network][0] == holds_for:
        return _surveys[model.network][1]

    def work(network: nn.Module, x: Tensor) -> tuple[Flow, list[Place], set[str], dict[str, str]]:
        flow = record(network, x)
        places, refusals = find_places(network, flow)
        alive = survivors(network, x, [place.name for place in places])
        for place in places:
            if place.name not in alive:
                refusals[place.name] = (
                    "a longer batch does not pass through the network behind it, as where view() or a new tensor takes "
                    "a batch size that was read before; use flatten(1) or the map's own size, or name a later layer"
                )
        return flow, places, alive, refusals

    flow, places, alive, refusals = on_skeleton(model.network, inner, work)
    kind = kinds(model.network, flow, places)
    default = defaults(flow, places, kind)
    depth = depths(model.network, flow)
    found = [Layer("input", "input", shape[1], shape[2], shape[0], "nchw")]
    for name, _, layout, _ in places:
        marks = {"default": name in default, "editable": name in alive, "depth": depth[name]}
        module = model.network.get_submodule(name)
        found.append(Layer(name, kind[name], **layout._asdict(), **marks, module=module))
    _surveys[model.network] = holds_for, (found, refusals)
    return found, refusals
