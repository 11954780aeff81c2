"""The spectral suppression ratio of kernels between two states of a network, by each of its published definitions."""

from typing import Any

import numpy as np
import pandas as pd

from freqlib.errors import InputError, check_columns, one_of

DEFINITIONS = ("absolute", "relative", "growth")
# For a 3x3 kernel these are the two outer radii of the published code.
HIGH = 0.5
ALL = "all"


def ssr(before: pd.DataFrame, after: pd.DataFrame, definition: str = "absolute") -> pd.DataFrame:
    """Say by how much the high frequencies of kernels were suppressed (positive) or grew (negative).

    With P(r) the mean power at a radius, H = sum over r >= 0.5 of P(r) / P(0) and T = sum over all r of P(r) / P(0):

    - "absolute": (H_before - H_after) / H_before. The published bars match it.
    - "relative": the same of H / T.
    - "growth": of the energy itself, (E_after - E_before) / E_before with E = sum over r >= 0.5 of P(r). Its sign is
      the other way round, and with a batch norm behind, its size means nothing.

    Args:
        before: from `kernel_spectra`, such as of the untrained model.
        after: the same of the trained one.
        definition: one of the three.

    Returns:
        One row a convolution with more than one radius, and the row "all", in which powers are added over the layers
        before any ratio is taken, each layer's over its total but for "growth": layer before after (H, H / T or E) ssr.
        NaN where a ratio has no meaning, as of kernels of zeros, and then also in "all".

    Raises:
        InputError: an unknown definition, tables of different architectures, one with batch norms folded in and one
            without, or no kernel larger than 1x1.

    Source: Lu, arXiv 2512.22192, and the code published with it, which takes the first convolution alone.

    Example:
        >>> table = lambda dc, high: pd.DataFrame(
        ...     {"layer": "conv", "radius_nyquist": [0, 0.667, 0.943], "mean_power": [dc, high, high]})
        >>> ssr(table(1.0, 1.0), table(2.0, 3.0)).ssr.tolist()
        [-0.5, -0.5]
    """
    one_of(definition, DEFINITIONS, "definition of the ratio")
    for table in (before, after):
        check_columns(table, ("layer", "radius_nyquist", "mean_power"), "kernel_spectra")
    before, after = (table.assign(layer=table.layer.astype(str)) for table in (before, after))
    alike = before.layer.tolist() == after.layer.tolist()
    # Tables that were written and read have fewer digits.
    if not alike or not np.allclose(before.radius_nyquist, after.radius_nyquist, atol=1e-4):
        odd = ", ".join(sorted(set(before.layer) ^ set(after.layer))[:3]) or "their kernels differ in size or order"
        raise InputError(f"Before and after are of different architectures: {odd}.")
    if "folded" in before and "folded" in after and before.folded.tolist() != after.folded.tolist():
        raise InputError("Batch norms are folded into one of the two tables only; fold them into both or neither.")
    if not (before.radius_nyquist >= HIGH).any():
        raise InputError("No kernel is larger than 1x1, so that none has a frequency above 0.")
    values = {name: _values(table, definition) for name, table in (("before", before), ("after", after))}
    table = pd.DataFrame(values).rename_axis("layer").reset_index()
    change = table.after / table.before - 1
    return table.assign(ssr=change if definition == "growth" else -change)


def _values(table: pd.DataFrame, definition: str) -> pd.Series:
    spatial = table[table.groupby("layer").radius_nyquist.transform("max") > 0]
    high, dc = spatial.radius_nyquist >= HIGH, spatial.radius_nyquist == 0
    parts = {"high": spatial[high], "dc": spatial[dc], "total": spatial}
    # NaN stays NaN, also in the sum of all layers: before and after are of the same ones, or of none.
    power = pd.DataFrame(
        {name: part.groupby("layer", sort=False).mean_power.agg(_whole_sum) for name, part in parts.items()}
    )
    # Behind a batch norm the scale of a layer means nothing, so that in a ratio every layer counts alike.
    power.loc[ALL] = _whole_sum(power if definition == "growth" else power.div(power.total, axis=0))
    return power.high / {"absolute": power.dc, "relative": power.total, "growth": 1.0}[definition]


def _whole_sum(values: Any) -> Any:
    return values.sum(skipna=False)
