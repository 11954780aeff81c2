"""Which modules of a network can be edited, which are blocks and stages, and which come first.

All of it is read from a recorded forward pass and from which module holds which, not from the names
that authors gave their modules.
"""

from typing import NamedTuple

from torch import nn

from freqlib.vision.maps.centres import Layout, read_layout
from freqlib.vision.maps.dataflow import Call, Flow

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


class Place(NamedTuple):
    """A module on the trunk whose output is a grid; composite if parts of it have parameters."""

    name: str
    call: Call
    layout: Layout
    composite: bool


def find_places(network: nn.Module, flow: Flow) -> tuple[list[Place], dict[str, str]]:
    """Return the places at which a network can be edited, and why not at its other modules.

    Args:
        network: the recorded network.
        flow: its recorded forward pass.

    Returns:
        The places in the order of the forward pass, and a reason for each other module's name.
    """
    modules = {name: module for name, module in network.named_modules() if name}
    places: list[Place] = []
    refusals = dict.fromkeys(modules, "it does not run in a forward pass")
    leaves = {n for n, m in modules.items() if not (_is_composite(m) or isinstance(m, CONTAINERS))}
    for name, calls in flow.calls.items():  # in the order in which modules end
        call, layout = calls[0], None
        if call.node in flow.trunk:
            layout = read_layout(flow.centres[call.node])
        if len(calls) > 1:
            refusals[name] = f"it runs {len(calls)} times in one forward pass"
        elif call.node is None:
            refusals[name] = "its output is not a single tensor computed from the image"
        elif call.node not in flow.trunk:
            refusals[name] = (
                "it lies off the trunk, since a tensor from before it (a shortcut or concatenation) joins behind it"
            )
        elif layout is None:
            shape = ", ".join(["b", *map(str, call.shape[1:])])
            refusals[name] = f"its output of shape ({shape}) is no grid of positions"
        elif leaves.intersection(_holders(name)):
            refusals[name] = "it is a part without parameters (the activation of a norm, say)"
        else:
            del refusals[name]
            places.append(Place(name, call, layout, _is_composite(modules[name])))
    places, same = _without_duplicates(places)
    return places, _with_way_out(refusals | same, places)


def kinds(network: nn.Module, flow: Flow, places: list[Place]) -> dict[str, str]:
    """Return the kind of each place: "block", "stage", "stem" or "layer".

    A block is the smallest composite on the trunk that holds a shortcut or concatenation, another
    one of the same class, or an element of a container in a container (blocks.0.0); a stage holds
    blocks; the stem ends before the first block.

    Args:
        network: the recorded network.
        flow: its recorded forward pass.
        places: from `find_places`.

    Returns:
        Kind by name.
    """
    composites = {place.name: place.call for place in places if place.composite}
    hold_off_trunk = {
        holder
        for name, calls in flow.calls.items()
        if len(calls) > 1 or calls[0].node not in flow.trunk
        for holder in _holders(name)
    }
    # What also occurs beside a shortcut is a part of a block (MixNet's convolutions of several kernel sizes).
    parts = {
        type(network.get_submodule(name))
        for name, calls in flow.calls.items()
        if calls[0].node not in flow.trunk and not composites.keys().isdisjoint(_holders(name))
    } - set(CONTAINERS)
    branching = [n for n in composites if n in hold_off_trunk and _computes(flow.joins, composites[n])]
    blocks = _apart([n for n in branching if type(network.get_submodule(n)) not in parts], set())
    classes = {type(network.get_submodule(n)) for n in blocks} - set(CONTAINERS)
    blocks |= _apart([n for n in composites if type(network.get_submodule(n)) in classes], blocks)
    blocks |= _apart([n for n in composites if _in_table(network, n)], blocks)
    first = min((composites[n].start for n in blocks), default=0)
    stages = {h for n in blocks for h in _holders(n)}

    def kind(place: Place) -> str:
        if place.name in blocks:
            return "block"
        if place.name in stages:
            return "stage"
        return "stem" if place.call.end <= first else "layer"

    return {place.name: kind(place) for place in places}


def defaults(flow: Flow, places: list[Place], kinds: dict[str, str]) -> set[str]:
    """Return the places that a sweep takes when none is named.

    In a transformer or mixer (most blocks yield tokens or hold an attention): every block. In other
    networks: at each resolution the last output of a stage or block, else of a composite that is neither
    stem nor part of a block; without blocks: of any module. Of several names of one output it is the
    outermost that holds no other such output.

    Args:
        flow: the recorded forward pass.
        places: from `find_places`.
        kinds: from `kinds`.

    Returns:
        Set of names.
    """
    blocks = [place for place in places if kinds[place.name] == "block"]
    attentive = [place for place in blocks if place.layout.layout == "tokens" or _computes(flow.attention, place.call)]
    if 2 * len(attentive) > len(blocks):
        return {place.name for place in blocks}
    in_blocks = {place.name for place in blocks}
    ends = [
        place
        for place in places
        if not blocks
        or (place.composite and kinds[place.name] != "stem" and not in_blocks.intersection(_holders(place.name)))
    ]
    ends.sort(key=lambda place: kinds[place.name] in ("block", "stage"))
    last = {(p.layout.height, p.layout.width): p.call.node for p in ends}  # the later one stays
    names = [[p.name for p in ends if p.call.node == node] for node in last.values()]
    chosen = set()
    for own in names:
        others = [name for group in names if group is not own for name in group[:1]]
        free = [n for n in own if not any(n in _holders(other) for other in others)]
        chosen.add(min(free or own, key=lambda name: name.count(".")))
    return chosen


def depths(network: nn.Module, flow: Flow) -> dict[str, float]:
    """Return how deep each module's output lies.

    Args:
        network: the recorded network.
        flow: its recorded forward pass.

    Returns:
        For each module that ran, the share of the weighted modules (with a parameter of two or more
        axes: convolutions, linear maps, attentions) that were done by then.
    """
    done, counts = 0, {}
    for name, calls in flow.calls.items():  # in the order in which modules end
        own = network.get_submodule(name).parameters(recurse=False)
        done += len(calls) * any(parameter.ndim > 1 for parameter in own)
        counts[name] = done
    return {name: count / max(done, 1) for name, count in counts.items()}


def _is_composite(module: nn.Module) -> bool:
    """Tell whether parts of a module have parameters (a norm with its activation is a leaf)."""
    return any(True for part in module.children() for _ in part.parameters())


def _computes(nodes: list[int], call: Call) -> bool:
    """Tell whether any of the nodes was computed inside the call."""
    return any(call.start <= node < call.end for node in nodes)


def _holders(name: str) -> list[str]:
    """Return the names of the modules that hold a module, the network apart."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _in_table(network: nn.Module, name: str) -> bool:
    """Tell whether a module is an element of a container that is itself an element of one."""
    holders = ["", *_holders(name)][-2:]
    return "." in name and all(isinstance(network.get_submodule(h), CONTAINERS) for h in holders)


def _apart(names: list[str], blocks: set[str]) -> set[str]:
    """Return the names that neither hold nor lie in a block or another of the names."""
    holders = {h for n in (*blocks, *names) for h in _holders(n)}
    return {n for n in names if n not in holders and not blocks.intersection(_holders(n))}


def _without_duplicates(places: list[Place]) -> tuple[list[Place], dict[str, str]]:
    """Of the places with the same tensor keep the composites, else the one that computed it."""
    kept: dict[int, list[str]] = {}
    for place in places:
        kept.setdefault(place.call.node, []).append(place.name)
    composite = {place.name for place in places if place.composite}
    for node, names in kept.items():
        own = [name for name in names if name in composite]
        # The first to end computed it, those around it may have more than passed it on.
        outermost = min((n for n in names if n == names[0] or n in _holders(names[0])), key=len)
        kept[node] = own or [outermost]
    refusals = {
        place.name: f"it returns the same tensor as {kept[place.call.node][0]!r}; name that one"
        for place in places
        if place.name not in kept[place.call.node]
    }
    return [place for place in places if place.name not in refusals], refusals


def _with_way_out(refusals: dict[str, str], places: list[Place]) -> dict[str, str]:
    """Add to each reason what can be named instead: what holds the module, else the default."""
    usable = {place.name for place in places}

    def complete(name: str, reason: str) -> str:
        around = [holder for holder in _holders(name) if holder in usable]
        hint = f"name {around[-1]!r}, which holds it" if around else "`layers(model)` lists those that can be"
        return reason if "; " in reason else f"{reason}; {hint}"

    return {name: complete(name, reason) for name, reason in refusals.items()}
