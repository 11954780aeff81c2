"""freqlib: which spatial frequencies a vision model keeps, uses and depends on.

import freqlib as fl
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

from freqlib.boundary import checked
from freqlib.errors import InputError

# Where each public name lives. They are imported when first used, so that `freqlib --help` does not wait for torch.
_HOMES = {
    "Bands": "signal", "split": "signal", "isolate": "signal", "remove": "signal", "perturb": "signal",
    "load_model": "vision", "layers": "vision", "load_data": "vision", "synthetic": "vision",
    "sweep": "experiments", "feature_spectra": "experiments", "probe": "experiments",
    "probe_layers": "experiments", "train": "experiments", "kernel_spectra": "experiments", "ssr": "experiments",
    "class_spectra": "experiments", "adcs": "experiments", "fourier_heatmap": "experiments",
    "robustness": "experiments",
}  # fmt: skip
__all__ = ["InputError", *_HOMES]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("freqlib")
    if name not in _HOMES:
        raise AttributeError(f"module 'freqlib' has no attribute {name!r}")
    globals()[name] = checked(getattr(import_module(f"freqlib.{_HOMES[name]}"), name))
    return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)
