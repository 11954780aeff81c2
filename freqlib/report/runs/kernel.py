"""The process that executes a notebook: a Jupyter kernel of this very interpreter, which can be ended at any time."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, ClassVar

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

# Sweeps take and return large buffers all the time. Huge pages, and a heap that keeps what it was given, made them 1.5
# to 2 times faster with glibc; other systems ignore these. What the user has set stands.
_ALLOCATOR = {
    "THP_MEM_ALLOC_ENABLE": "1",
    "MALLOC_TOP_PAD_": "1000000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
}


def kernel_class(folder: Path, cwd: Path, environment: Mapping[str, str], log: IO[str]) -> type[AsyncKernelManager]:
    """Return a kernel class for one run; papermill makes the kernel itself.

    Args:
        folder: of this run alone, with a short path; it takes the sockets and the kernel's own files.
        cwd: in which the notebook's code runs.
        environment: variables to add to this process's own.
        log: takes what the kernel's process writes outside of cells.

    Returns:
        A subclass of `Kernel`; its attribute `running` lists the kernels that were started.

    Example:
        >>> import sys
        >>> kernel_class(Path("/tmp/run"), Path("."), {}, sys.stderr).running
        []
    """

    class Kernel(AsyncKernelManager):
        running: ClassVar[list[Any]] = []

        def __init__(self, **settings: Any) -> None:
            # Kernels that start at once race for TCP ports; sockets in a folder of one's own cannot.
            super().__init__(**settings | {"transport": "ipc", "connection_file": str(folder / "kernel.json")})

        @property
        def kernel_spec(self) -> KernelSpec:
            """This interpreter, whatever kernels the user has installed."""
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

        async def start_kernel(self, **settings: Any) -> None:
            """Start it with an environment of its own."""
            own = {
                "IPYTHONDIR": str(folder),  # no start-up scripts of the user's, no history file to fight over
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            }
            settings["env"] = {**_ALLOCATOR, **os.environ, **own, **environment}
            settings["cwd"] = str(cwd)
            # A notebook's output is captured cell by cell; what bypasses that must not reach our standard output.
            await super().start_kernel(stdout=log, stderr=log, **settings)
            self.running.append(self)

        def kill(self) -> None:
            """End the process and its children, now."""
            process = getattr(self.provisioner, "process", None)
            if process is None or process.poll() is not None:
                return
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGKILL)

    return Kernel
