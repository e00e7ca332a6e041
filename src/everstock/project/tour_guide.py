"""The guide of the tour: it tells, and runs commands as a user would type them."""

import csv
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console

DATA = Path(".everstock/demo")
OURS = ("EVERSTOCK_DATABASE_URL", "EVERSTOCK_DATA_DIR")
_WIDTH = 110


class Failed(Exception):
    """A command of the tour ended with this status."""


class Guide:
    """Tells, and runs commands as a user would type them."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self.console = Console(width=None if terminal else _WIDTH, highlight=False, soft_wrap=not terminal)
        self.program = "uv run everstock" if shutil.which("uv") else "everstock"
        self._chapter = 0

    def chapter(self, title: str, text: str) -> None:
        """Begin a part of the tour."""
        self._chapter += 1
        self.console.print()
        self.console.rule(f"[bold]{self._chapter}  {title}", align="left", style="dim")
        self.console.print(text, markup=False, soft_wrap=False)

    def typed(self, *arguments: object) -> str:
        """A command as a user would type it."""
        return f"{self.program} {shlex.join(map(str, arguments))} --data-dir {DATA}"

    def run(self, *arguments: object, show: Callable[[list[str]], list[str]] = list) -> list[str]:
        """Run a command, print what ``show`` makes of the lines it printed, and return all of them."""
        self.console.print()
        self.console.print(f"$ {self.typed(*arguments)}", style="cyan", markup=False)
        printed, seconds = self._ask(arguments)
        for line in show(printed):
            self.console.print(f"  {line}", markup=False, no_wrap=True, crop=False, overflow="ignore")
        self.console.print(f"  ({seconds:.1f} s)", style="dim")
        return printed

    def ask(self, *arguments: object) -> list[dict[str, str]]:
        """Run a report without showing it, and return its rows."""
        printed, _ = self._ask((*arguments, "--format", "csv"))
        return list(csv.DictReader(StringIO("\n".join(printed))))

    @staticmethod
    def _ask(arguments: Sequence[object]) -> tuple[list[str], float]:
        command = [sys.executable, "-m", "everstock.project.main", *map(str, arguments), "--data-dir", str(DATA)]
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        begun = time.monotonic()
        # standard error stays the terminal's: bars, warnings, and why something was refused
        answer = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment, check=False)
        if answer.returncode:
            sys.stdout.write(answer.stdout)
            raise Failed(answer.returncode)
        return answer.stdout.splitlines(), time.monotonic() - begun


def without_next(printed: list[str]) -> list[str]:
    """What a command printed, without what it says could be typed next."""
    return [line for line in printed if not line.startswith("Next:")]
