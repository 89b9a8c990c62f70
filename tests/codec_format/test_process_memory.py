"""What the programs ask of the system: memory of freed arrays goes back to it."""

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import sys
import numpy as np
from pathlib import Path
from codec_format.process_memory import return_large_arrays

def resident():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024

if sys.argv[1] == "asked":
    return_large_arrays()
for megabytes in (8, 16, 31):
    array = np.ones(megabytes << 17)
    del array
arrays = [np.ones(4 << 17) for _ in range(60)]
full = resident()
del arrays[::2]
print(full - resident())
"""


def _given_back(asked: str) -> int:
    """MiB that go back when every other of sixty arrays of 4 MiB is freed."""
    result = subprocess.run([sys.executable, "-c", _PROGRAM, asked], capture_output=True, text=True, check=True)
    return int(result.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps such holes")
def test_freed_arrays_leave_no_holes() -> None:
    assert _given_back("not asked") < 30
    assert _given_back("asked") > 100
