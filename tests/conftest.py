"""What all tests share: no network, one thread, no open figures, fixed seeds, and real data only where it lies."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from freqlib.vision.images.root import data_root

# Maps in the tests are so small that a second thread costs more than it gives.
torch.set_num_threads(1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose `requires_data(path)` marker names what is not under the data root."""
    for marker in item.iter_markers("requires_data"):
        for name in marker.args:
            _find(name)


@pytest.fixture
def requires_data() -> Callable[[str], Path]:
    """Return the path of real data below the data root, or skip the test, saying what is absent."""
    return _find


def _find(name: str) -> Path:
    path = data_root() / name
    if not path.exists():
        pytest.skip(f"left out: needs {name} below FREQLIB_DATA ({data_root()})")
    return path


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close what a test has drawn: matplotlib warns of many open figures, and warnings are errors."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Refuse every look-up of another machine, at once, so that no test can depend on one."""
    look_up = socket.getaddrinfo

    def refuse(host, *args, **kwargs):
        local = (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", socket.gethostname())
        if (host.decode() if isinstance(host, bytes) else host) in local:
            return look_up(host, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, "the tests use no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Every test starts from the same random state, whichever ran before it."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 (libraries still draw from the global state)
