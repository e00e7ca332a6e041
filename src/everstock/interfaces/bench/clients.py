"""Posting processes as the harness sees them."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from everstock.interfaces.bench.machine import resident
from everstock.interfaces.bench.server import Server
from everstock.interfaces.bench.workload import LINES

WARM_UP = 50
"""Documents each client posts before anything is measured."""


class Burst(NamedTuple):
    """What clients did together: lines a second, and the seconds each document took."""

    rate: float
    times: list[float]


class Clients:
    """Processes that stay, so that what they remember of a company is as in a program that has run for a while."""

    def __init__(self, processes: list["subprocess.Popen[str]"]) -> None:
        self._processes = processes

    def post(self, documents: int, day: dt.date | None = None) -> Burst:
        """Let each client post so many documents, all at once; of ``day`` where it is given and a document has one, else of today."""
        for process in self._processes:
            self._tell(process, f"prepare {documents}" if day is None else f"prepare {documents} {day}")
        for process in self._processes:
            self._hear(process)
        for process in self._processes:
            self._tell(process, "go")
        answers = [self._hear(process) for process in self._processes]
        rate = sum(documents * LINES / answer["seconds"] for answer in answers)
        return Burst(rate, [seconds for answer in answers for seconds in answer["times"]])

    def post_for(self, seconds: float, rate: float) -> Burst:
        """Let them post for about this long, given the rate that was seen before."""
        return self.post(max(20, int(rate * seconds / LINES / len(self._processes))))

    def memory(self) -> list[int]:
        """Bytes that each client holds now."""
        return [resident(process.pid) for process in self._processes]

    @staticmethod
    def _tell(process: "subprocess.Popen[str]", order: str) -> None:
        assert process.stdin is not None
        process.stdin.write(f"{order}\n")
        process.stdin.flush()

    @staticmethod
    def _hear(process: "subprocess.Popen[str]") -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"a posting process ended with status {process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def clients(server: Server, database: str, company: int, count: int, program: str = "client") -> Iterator[Clients]:
    """Start so many clients on a company, each running the module ``program`` of this package."""
    module = f"everstock.interfaces.bench.{program}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, str(company), str(number), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=server.environment(database),
        )
        for number in range(1, count + 1)
    ]
    try:
        yield Clients(processes)
    finally:
        for process in processes:
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                stream.close()
            process.wait()
