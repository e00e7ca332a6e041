"""A measured figure: its samples, what it is held against, and how it did."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Better = Literal["higher", "lower"]
Mark = Literal["stretch", "at least", "below", ""]


@dataclass(frozen=True)
class Figure:
    """One line of the result. ``value`` is the median of ``samples``; ``per_pgbench``: the same in transactions of pgbench.

    ``target`` is what it must be at least (or at most, if lower is better), ``stretch`` what it should become; ``None``: no target.
    """

    name: str
    what: str
    unit: str
    samples: tuple[float, ...]
    better: Better = "higher"
    target: float | None = None
    stretch: float | None = None
    per_pgbench: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The median."""
        return median(self.samples)

    @property
    def mark(self) -> Mark:
        """How the value stands to its targets; empty without a target."""
        if self.target is None:
            return ""
        if self.stretch is not None and self._reaches(self.stretch):
            return "stretch"
        return "at least" if self._reaches(self.target) else "below"

    def _reaches(self, wanted: float) -> bool:
        return self.value >= wanted if self.better == "higher" else self.value <= wanted

    def as_json(self) -> dict[str, Any]:
        """What the result file says of it."""
        return {
            "name": self.name,
            "what": self.what,
            "unit": self.unit,
            "value": self.value,
            "spread": [min(self.samples), max(self.samples)],
            "samples": list(self.samples),
            "better": self.better,
            "target": self.target,
            "stretch": self.stretch,
            "mark": self.mark,
            "per_pgbench": self.per_pgbench,
            "notes": self.notes,
        }


def ratios(values: Sequence[float], yardsticks: Sequence[float]) -> tuple[float, ...]:
    """Each value by the yardstick measured next to it: before it and, where there is one, after it."""
    return tuple(
        value / (sum(nearest) / len(nearest))
        for number, value in enumerate(values)
        if (nearest := yardsticks[number : number + 2])
    )


def percentile(values: Sequence[float], part: float) -> float:
    """The value that ``part`` (0 to 1) of the values do not exceed."""
    listed = sorted(values)
    return listed[min(len(listed) - 1, int(part * len(listed)))]
