"""A pytest plugin: every Hypothesis test with few examples, always the same ones, and without shrinking what fails."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

EXAMPLES = "EVERSTOCK_MUTANT_EXAMPLES"
"""Environment variable: how many, as a share of what the test itself wants (0.1: a tenth, at least two)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    share = float(os.environ[EXAMPLES])
    done = set()
    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is None or test in done:
            continue
        done.add(test)
        test._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
            own,
            max_examples=max(2, round(own.max_examples * share)),
            phases=[Phase.explicit, Phase.generate],
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
