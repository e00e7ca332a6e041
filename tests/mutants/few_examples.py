"""A pytest plugin: every Hypothesis test with few examples, always the same ones, and without shrinking what fails."""

import os

import pytest
from hypothesis import HealthCheck, Phase

from tests.examples import draw_fewer

EXAMPLES = "EVERSTOCK_MUTANT_EXAMPLES"
"""Environment variable: how many, as a share of what the test itself wants (0.1: a tenth, at least two)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    draw_fewer(
        items,
        float(os.environ[EXAMPLES]),
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
