"""The result as a table for people and as JSON for programs."""

import sys
from collections.abc import Mapping
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Outcome

_WIDTH = 160
"""Columns where there is no terminal."""
_STYLE = {"stretch": "green", "at least": "cyan", "below": "red", "": "dim"}


def print_table(outcome: Outcome, machine: Mapping[str, Any], seconds: float, *, quick: bool) -> None:
    """Print all figures with their targets."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("figure")
    for name in ("median", "spread", "target", "stretch", "× pgbench"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("mark", no_wrap=True)
    for figure in outcome.figures:
        limit = "≥" if figure.better == "higher" else "≤"
        goals = ("" if goal is None else f"{limit} {number(goal)}" for goal in (figure.target, figure.stretch))
        low, high = (number(end(figure.samples)) for end in (min, max))
        ratio = "" if figure.per_pgbench is None else number(figure.per_pgbench)
        median_text = f"{number(figure.value)} {figure.unit}"
        mark = f"[{_STYLE[figure.mark]}]{figure.mark}[/]" if figure.mark else ""
        table.add_row(figure.what, median_text, f"{low} … {high}", *goals, ratio, mark)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(table)
    for clients, samples in sorted(outcome.pgbench.items()):
        spread = f"{number(min(samples))} … {number(max(samples))}"
        console.print(
            f"pgbench -c {clients} beside them: {number(median(samples))} tps ({spread}, {len(samples)} runs)"
        )
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory GB']} GB; {seconds:,.0f} s in all"
    )
    if quick:
        console.print("Quick sizes: they show that everything works, the figures mean little.", style="yellow")


def number(value: float) -> str:
    """A number with three digits that matter."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def result(
    outcome: Outcome, machine: Mapping[str, Any], seconds: float, started_at: str, *, quick: bool
) -> dict[str, Any]:
    """What the JSON file holds."""
    return {
        "started_at": started_at,
        "seconds": round(seconds, 1),
        "quick": quick,
        "machine": dict(machine),
        "pgbench": {f"-c {clients}": samples for clients, samples in outcome.pgbench.items()},
        "figures": [figure.as_json() for figure in outcome.figures],
    }


def missed(figures: list[Figure]) -> list[str]:
    """The figures that are below their targets."""
    return [figure.name for figure in figures if figure.mark == "below"]
