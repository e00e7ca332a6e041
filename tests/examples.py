"""Tests with random examples draw fewer of them than they ask for: while one works, and while thousands of mutants are tried."""

from typing import Any

import pytest
from hypothesis import settings

AT_LEAST = 2


class Run:
    """The run of the tests that this process is part of."""

    hurried = False
    """Whether fewer examples are drawn; what a test looks at after each step, it may then look at after the last one only."""


def draw_fewer(items: list[pytest.Item], share: float, **more: Any) -> None:
    """Let every Hypothesis test among ``items`` draw this share of its examples; ``more``: other settings of Hypothesis."""
    Run.hurried = True
    done = set()
    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is None or test in done:
            continue
        done.add(test)
        examples = max(AT_LEAST, round(own.max_examples * share))
        test._hypothesis_internal_use_settings = settings(own, max_examples=examples, **more)  # type: ignore[union-attr]
