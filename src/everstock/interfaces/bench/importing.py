"""A year of a wholesaler: from the CSV file to books that are verified, by the commands a user would run."""

import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.machine import resident
from everstock.interfaces.bench.run import Bench

_EVERY = 0.1
"""Seconds between two looks at the memory of a process."""
_ENOUGH = 50
"""Looks at the memory below which the time was too short to say whether it is flat."""
_MEGABYTE = 1 << 20
_LATE_ENTRIES = dt.timedelta(days=50)


class _Ran(NamedTuple):
    """How long a command took, and the bytes it held while it ran."""

    seconds: float
    memory: list[int]


class _Year(NamedTuple):
    """A file of movements. ``real``: of the samples, not generated."""

    path: Path
    lines: int
    currency: str
    real: bool


def measure(bench: Bench) -> list[Figure]:
    """Lines a second from CSV to verified books, and the memory of the importing process."""
    with tempfile.TemporaryDirectory(prefix="everstock-bench-") as folder:
        year = _year(bench, Path(folder))
        repetitions = 1 if bench.sizes.quick else 3
        imports, verifies, yard = [], [], []
        for number in range(1, repetitions + 1):
            bench.tell(f"import: {year.lines:,} lines, {number} of {repetitions}")
            yard.append(bench.pgbench.run())
            bench.server.create("import")
            company = ("--company", "UCI")
            _run(bench, "init", *company, "--currency", year.currency, "--costing", "average")
            imports.append(_run(bench, "import", "movements", str(year.path), *company))
            verifies.append(_run(bench, "verify", *company))
            bench.server.drop("import")
    return _figures(year, imports, verifies, yard)


def _year(bench: Bench, folder: Path) -> _Year:
    sample = bench.samples / "data" / "uci" / "movements.csv.gz"
    if sample.is_file() and not bench.sizes.quick:
        return _Year(sample, 607_343, "GBP", real=True)
    from everstock.interfaces.files.generator import write_history

    lines = bench.sizes.import_lines
    first_day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=374) - _LATE_ENTRIES
    bench.tell(
        f"import: no real data here, generating {lines:,} lines" if not bench.sizes.quick else "import: generating"
    )
    sizes = {"seed": 1, "items": max(20, lines // 150), "days": 374, "lines": lines}
    return _Year(
        write_history(folder, **sizes, first_day=first_day, currency="GBP").movements, lines, "GBP", real=False
    )


def _run(bench: Bench, *arguments: str) -> _Ran:
    """Run a command of Everstock on the database and watch its memory."""
    command = [sys.executable, "-m", "everstock.project.main", *arguments]
    memory: list[int] = []
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=bench.server.environment("import"))
        while process.poll() is None:
            memory.append(resident(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(_EVERY)
        seconds = time.perf_counter() - begun
        if process.returncode:
            told.seek(0)
            last = told.read().strip().splitlines()[-1:] or ["nothing"]
            raise Refusal(
                "bench.command",
                f"`everstock {' '.join(arguments)}` ended with status {process.returncode}: {last[0]}",
                "Run the command by itself.",
            )
    return _Ran(seconds, [size for size in memory if size])


def growth(memory: Sequence[int]) -> float:
    """The most that was held in the last quarter of the time, by the most in the second quarter; flat is about 1."""
    quarter = max(1, len(memory) // 4)
    return max(memory[-quarter:], default=1) / max(memory[quarter : 2 * quarter], default=1)


def _figures(year: _Year, imports: list[_Ran], verifies: list[_Ran], yard: list[float]) -> list[Figure]:
    name = "a real year (UCI)" if year.real else "a generated year"
    both = tuple(year.lines / (one.seconds + two.seconds) for one, two in zip(imports, verifies, strict=True))
    alone = tuple(year.lines / one.seconds for one in imports)
    verified = tuple(year.lines / one.seconds for one in verifies)
    peaks = tuple(max(one.memory, default=0) / _MEGABYTE for one in imports)
    tps = median(yard)
    first = imports[0].memory
    memory = {
        "MB over time": [round(size / _MEGABYTE) for size in first[:: max(1, len(first) // 40)]],
        "verify, peak MB": round(max(max(one.memory, default=0) for one in verifies) / _MEGABYTE),
    }
    seconds = {"import s": [one.seconds for one in imports], "verify s": [one.seconds for one in verifies]}
    what = f"{name}, {year.lines:,} lines"
    figures = [
        Figure(
            *(
                "import",
                f"{what}: CSV to verified books",
                "lines/s",
                both,
                "higher",
                15_000,
                30_000,
                median(both) / tps,
            ),
            notes=seconds,
        ),
        Figure("import-alone", f"{what}: import alone", "lines/s", alone, per_pgbench=median(alone) / tps),
        Figure("verify-alone", f"{what}: verify alone", "lines/s", verified, per_pgbench=median(verified) / tps),
        Figure("import-memory", "peak memory of the importing process", "MB", peaks, "lower", 400, notes=memory),
    ]
    if len(first) >= _ENOUGH:
        flat = tuple(growth(one.memory) for one in imports)
        what = "its memory, last quarter of the time ÷ second quarter"
        figures.append(Figure("import-flat", what, "×", flat, "lower", 1.2))
    return figures
