"""Every edit of one layer's maps, and of its controls, from one transform of the maps."""

from dataclasses import dataclass

import torch
from torch import Tensor

from freqlib.signal import Bands, random_orbits, same_energy, same_norm, scaled_to, transform, white_noise

MODES = ("isolate", "remove", "perturb")
FILLS = ("zero", "mean")
NOTHING = "nothing"


@dataclass(frozen=True)
class Edit:
    """One copy of a layer's maps behind the cut.

    Args:
        mode: "isolate", "remove" or "perturb".
        fill: "zero" or "mean", what stands in for a removed part; "none" for a perturbation.
        band: position of the band, or None where every band is gone ("nothing").
        control: None for the edit itself, or the name of one of its controls.
    """

    mode: str
    fill: str
    band: int | None
    control: str | None = None


@dataclass(frozen=True)
class Editing:
    """What a sweep edits and how.

    Args:
        bands: the bands.
        modes: of `MODES`.
        fills: of `FILLS`.
        controls: of `CONTROLS`.
        strength: of a perturbation: noise energy over the band's own, map by map.
        seed: of every draw.
    """

    bands: Bands
    modes: tuple[str, ...]
    fills: tuple[str, ...]
    controls: tuple[str, ...]
    strength: float = 1.0
    seed: int = 0

    def fills_of(self, mode: str) -> tuple[str, ...]:
        """Return the fills that a mode has; a perturbation removes nothing."""
        return ("none",) if mode == "perturb" else self.fills

    def plan(self, h: int, w: int) -> list[Edit]:
        """List the edits of an (h, w) layer that need a pass through the rest of the network.

        Args:
            h: height of the map.
            w: width of the map.

        Returns:
            Edits band by band; bands without a cell need no pass, and a band that is DC alone has no orbits control.

        Example:
            >>> len(Editing(Bands.seven(), ("isolate", "remove"), ("zero",), ()).plan(4, 4))  # nothing, and 4 bands x 2
            9
        """
        edits = [Edit("isolate", fill, None) for fill in self.fills if "isolate" in self.modes]
        for band, mask in enumerate(self.bands.masks(h, w)):
            if not mask.any():
                continue
            dc_alone = bool(mask[0, 0]) and int(mask.sum()) == 1
            controls = [c for c in self.controls if not (c == "orbits" and dc_alone)]
            for mode in self.modes:
                for fill in self.fills_of(mode):
                    edits += [Edit(mode, fill, band, control) for control in (None, *controls)]
        return edits


class MapEditor:
    """Makes the planned edits of one layer, batch by batch.

    Args:
        editing: bands, strength and seed.
        edits: what to make, as `Editing.plan` lists it.
        mean: (c, h, w) float32, the data-set mean of the layer's maps, where a fill needs it.

    Attributes:
        energy: (n_bands,) float64, the energy of the untouched maps seen so far, band by band.
    """

    def __init__(self, editing: Editing, edits: list[Edit], mean: Tensor | None) -> None:
        self.editing, self.edits, self.mean = editing, edits, mean
        self.energy = torch.zeros(len(editing.bands), dtype=torch.float64)

    def write(self, x: Tensor, index: Tensor, out: Tensor) -> None:
        """Write the edited maps of a batch.

        Args:
            x: (b, c, h, w) float32, the untouched maps.
            index: (b,) int64, the images' indices in their full set, on which alone the draws depend.
            out: (n_edits, b, c, h, w) of any floating type, written in the order of the plan.
        """
        h, w = x.shape[-2:]
        plan = transform(h, w, x.dtype, x.device)
        bands, seed = self.editing.bands, self.editing.seed
        masks = bands.masks(h, w).to(x.device)
        coefficients = plan.forward(x)
        mean = x.new_zeros(()) if self.mean is None else self.mean
        mean_coefficients = None if self.mean is None else plan.forward(self.mean)
        energy = plan.energy(coefficients, masks)
        self.energy += energy.sum((0, 1)).cpu().double()
        noisy = any(e.mode == "perturb" for e in self.edits)
        noise = white_noise(coefficients, index, seed) if noisy else None
        redirected = any(e.control == "energy" for e in self.edits)
        direction = white_noise(x, index, seed, "energy") if redirected else None
        parts: dict[tuple[int, bool], dict[str, Tensor]] = {}

        def part(band: int, orbits: bool, of: str) -> Tensor:
            """The maps, their mean or the noise, inside the band or inside its random orbits."""
            made = parts.setdefault((band, orbits), {})
            if "mask" not in made:
                made["mask"] = masks[band]
                if orbits:
                    cells = int(masks[band].sum())
                    mask = random_orbits(h, w, cells, index, seed, "orbits", bands.names[band])
                    made["mask"] = mask.to(x.device)[:, None]
            if of not in made:
                source = {"maps": coefficients, "mean": mean_coefficients, "noise": noise}[of]
                made[of] = plan.filter(source, made["mask"])
            return made[of]

        def edited(edit: Edit, orbits: bool) -> Tensor:
            fill = mean if edit.fill == "mean" else x.new_zeros(())
            if edit.band is None:
                return fill.expand_as(x)
            if edit.mode == "perturb":
                wanted = self.editing.strength * energy[..., edit.band]
                return x + scaled_to(part(edit.band, orbits, "noise"), wanted)
            kept = part(edit.band, orbits, "maps")
            if edit.fill == "mean":
                kept = kept - part(edit.band, orbits, "mean")
            return kept + fill if edit.mode == "isolate" else x - kept

        for slot, edit in zip(out, self.edits, strict=True):
            if edit.control == "energy":
                slot.copy_(same_energy(x, edited(edit, False), direction))
            elif edit.control == "norm":
                slot.copy_(same_norm(x, edited(edit, False)))
            else:
                slot.copy_(edited(edit, edit.control == "orbits"))
            if edit.band is not None:
                # Bands come one after the other, so the parts of an earlier one are not needed again.
                parts = {key: made for key, made in parts.items() if key[0] == edit.band}
