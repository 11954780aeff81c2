"""One recorded forward pass: which tensors everything later depends on, and what they hold.

A tensor lies on the trunk if every path from the image to the logits runs through it: no shortcut
or concatenation reaches around it. Only there can edited copies be appended to the batch, because
nothing behind it still holds tensors of the old batch size.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from freqlib.errors import InputError
from freqlib.vision.maps.centres import PRODUCTS, Centres, carry, map_centres, tensors


class Call(NamedTuple):
    """One call of a module.

    Attributes:
        start, end: the nodes start to end - 1 were computed inside.
        node: the node of its output; None if that is no single tensor computed from the image.
        shape: the output's shape, batch included; None if it is no single tensor.
        source: the node of its first input; None if there is none computed from the image.
    """

    start: int
    end: int
    node: int | None
    shape: tuple[int, ...] | None
    source: int | None = None


@dataclass
class Flow:
    """A recorded forward pass; nodes are numbered in the order of computation, the image is 0.

    Attributes:
        calls: the calls of each module, by name, in the order in which they ended.
        trunk: the nodes through which every path runs.
        centres: for each node the centres of its values' receptive fields, or None.
        joins: nodes that merge two tensors otherwise than by multiplying them.
        attention: nodes that multiply two tensors as matrices.
    """

    calls: dict[str, list[Call]] = field(default_factory=dict)
    trunk: set[int] = field(default_factory=set)
    centres: list[Centres | None] = field(default_factory=list)
    joins: list[int] = field(default_factory=list)
    attention: list[int] = field(default_factory=list)


class _Recorder(TorchDispatchMode):
    """Numbers every tensor that is computed from the image and keeps what it was computed from."""

    def __init__(self, image: Tensor, flow: Flow) -> None:
        super().__init__()
        self.flow = flow
        self.edges: list[tuple[int, int]] = []
        self._nodes: dict[int, int] = {}
        self._written: dict[int, int] = {}  # by storage: the last write, whichever view it used
        self._alive: list[Tensor] = []  # so that no id or storage is given out twice
        self._add(image, map_centres(tuple(image.shape)))

    def nodes(self, found: list[Tensor]) -> list[int | None]:
        """Return the node of each tensor, or None where it does not depend on the image."""
        written, nodes = self._written, self._nodes
        latest = [max(nodes.get(id(t), -1), written.get(t.untyped_storage()._cdata, -1)) for t in found]
        return [None if node < 0 else node for node in latest]

    def _add(self, t: Tensor, centres: Centres | None) -> int:
        node = len(self.flow.centres)
        self._nodes[id(t)] = node
        self._alive.append(t)
        self.flow.centres.append(centres)
        return node

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        inputs = tensors((args, kwargs))
        sources = {id(t): n for t, n in zip(inputs, self.nodes(inputs), strict=True) if n is not None}
        result = func(*args, **kwargs)
        if not sources:
            return result
        outputs = tensors(result)
        name = func._schema.name.removeprefix("aten::").rstrip("_")
        known = {i: c for i, n in sources.items() if (c := self.flow.centres[n]) is not None}
        merged = sorted(set(sources.values()))
        for t, c in zip(outputs, carry(name, func, args, kwargs, outputs, known), strict=True):
            node = self._add(t, c)
            self.edges += [(source, node) for source in merged]
            if func._schema.is_mutable:
                self._written[t.untyped_storage()._cdata] = node
            if name in PRODUCTS or "attention" in name:
                factors = args[PRODUCTS.get(name, 0) :][:2]
                if all(id(factor) in sources for factor in factors):
                    self.flow.attention.append(node)
            elif len(merged) > 1 and name != "mul":
                self.flow.joins.append(node)
        return result


def record(network: nn.Module, x: Tensor) -> Flow:
    """Run the network once and return what its modules computed from what.

    Args:
        network: in eval mode.
        x: (b, c, h, w) images, on the meta device if the network's parameters are there.

    Returns:
        Flow.

    Raises:
        InputError: the output does not depend on the image.
    """
    flow = Flow()
    recorder = _Recorder(x, flow)
    begun: dict[nn.Module, list[tuple[int, int | None]]] = {}
    names = {module: name for name, module in network.named_modules() if name}

    def before(module: nn.Module, args: Any) -> None:
        source = next(iter(recorder.nodes(tensors(args)[:1])), None)
        begun.setdefault(module, []).append((len(flow.centres), source))

    def after(module: nn.Module, args: Any, output: Any) -> None:
        single = isinstance(output, Tensor)
        node = recorder.nodes([output])[0] if single else None
        shape = tuple(output.shape) if single else None
        start, source = begun[module].pop()
        call = Call(start, len(flow.centres), node, shape, source)
        flow.calls.setdefault(names[module], []).append(call)

    with ExitStack() as hooks, torch.no_grad():
        for module in names:
            hooks.enter_context(module.register_forward_pre_hook(before))
            hooks.enter_context(module.register_forward_hook(after))
        with recorder:
            output = network(x)
    if not tensors(output):
        raise InputError(f"The network returns {type(output).__name__}; wrap it in a module that returns its logits.")
    ends = set(recorder.nodes(tensors(output))) - {None}
    if not ends:
        raise InputError("The network's output does not depend on the image; nothing can be edited.")
    flow.trunk = trunk(recorder.edges, ends)
    return flow


def trunk(edges: Iterable[tuple[int, int]], ends: set[int]) -> set[int]:
    """Return the nodes through which every path from node 0 to the end runs.

    Nodes are numbered in the order of computation, so a node is passed by all paths exactly if no
    edge jumps over it.

    Args:
        edges: pairs (earlier, later), sorted by the later.
        ends: the nodes of the output.

    Returns:
        Set of nodes, the first and, if it is one, the last included.

    Example:
        >>> sorted(trunk([(0, 1), (1, 2), (1, 3), (2, 3), (3, 4)], {4}))  # a shortcut around 2
        [0, 1, 3, 4]
    """
    last = max(ends) + 1
    furthest = dict.fromkeys(ends, last)
    for earlier, later in reversed(list(edges)):
        if later in furthest:  # what the output does not use is no path
            furthest[earlier] = max(furthest.get(earlier, 0), later)
    found, reach = set(), 0
    for node in sorted(furthest):
        if reach <= node:
            found.add(node)
        reach = max(reach, furthest[node])
    return found
