"""What a figure was measured on."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from everstock.interfaces.bench.server import Opened

_GIGABYTE = 1 << 30
_BLOCK = 8192
_WRITES = 100


def facts(opened: Opened) -> dict[str, Any]:
    """Processor, memory, disk, versions, and how busy the machine is."""
    from importlib import metadata

    found: dict[str, Any] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIGABYTE, 1),
        "system": platform.platform(),
        "python": f"{platform.python_version()} of {sys.base_prefix}",
        "postgresql": "{}.{}".format(*divmod(opened.server_version, 10_000)),
        "server": "embedded" if opened.embedded else "elsewhere",
        "everstock": metadata.version("everstock"),
        "commit": _commit(),
        "load at the beginning": [round(load, 2) for load in os.getloadavg()],
    }
    if opened.embedded:
        found["file system"] = _file_system(opened.data_dir)
        found["disk free GB"] = round(shutil.disk_usage(opened.data_dir).free / _GIGABYTE)
        found["write 8 KiB + fdatasync, median µs"] = _sync_time(opened.data_dir)
    return found


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of a checkout, with a mark if files were changed since."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    with suppress(OSError):
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.stdout.strip() or None
    return None


def _file_system(folder: Path) -> str | None:
    """The kind of file system that holds a folder."""
    best, kind = -1, None
    with suppress(OSError):
        for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
            device, mount, name, *_ = line.split()
            if folder.resolve().is_relative_to(mount) and len(mount) > best:
                best, kind = len(mount), f"{name} on {device}"
    return kind


def _sync_time(folder: Path) -> float | None:
    """How long it takes until a block is on the disk."""
    sync = getattr(os, "fdatasync", os.fsync)
    with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        times = []
        for _ in range(_WRITES):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * _BLOCK, 0)
            sync(file.fileno())
            times.append(time.perf_counter() - begun)
        return round(median(times) * 1_000_000)
    return None


def resident(process: int) -> int:
    """Bytes of memory that a process holds now; 0 if that cannot be found out."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0
    with suppress(OSError, ValueError):
        answer = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False)
        return int(answer.stdout) * 1024
    return 0
