"""The benchmark harness: its arithmetic, and that a run measures, writes its result and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from everstock.interfaces.bench.figures import Better, Figure, percentile, ratios
from everstock.interfaces.bench.importing import growth
from everstock.interfaces.bench.show import number


@pytest.mark.parametrize(
    ("better", "value", "mark"),
    [
        ("higher", 2.9, "below"),
        ("higher", 3.0, "at least"),
        ("higher", 6.0, "stretch"),
        ("lower", 6.1, "below"),
        ("lower", 6.0, "at least"),
        ("lower", 3.0, "stretch"),
    ],
)
def test_a_figure_is_marked_by_its_targets(better: Better, value: float, mark: str) -> None:
    target, stretch = (3, 6) if better == "higher" else (6, 3)
    assert Figure("f", "", "×", (value,), better, target, stretch).mark == mark


def test_a_figure_without_target_has_no_mark_and_its_value_is_the_median() -> None:
    figure = Figure("f", "", "×", (1.0, 9.0, 2.0))
    assert figure.mark == ""
    assert figure.as_json()["value"] == 2.0
    assert figure.as_json()["spread"] == [1.0, 9.0]


def test_values_are_held_against_the_yardsticks_next_to_them() -> None:
    assert ratios([10, 30], [1, 3, 7]) == (5.0, 6.0)
    assert ratios([10, 30], [1, 3]) == (5.0, 10.0)


def test_percentiles_and_growth() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([3, 1, 2], 0.99) == 3
    assert growth([1, 5, 4, 4, 4, 4, 5, 6]) == 1.5
    assert growth([]) == 1


@pytest.mark.parametrize(("value", "text"), [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (0.01234, "0.0123")])
def test_numbers_show_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.slow
def test_a_quick_run_measures_and_leaves_nothing_behind(tmp_path: Path) -> None:
    result = _quick_run(tmp_path, "late", "as-of")
    names = {figure["name"] for figure in result["figures"]}
    assert names == {"late-200-average", "late-1000-average", "late-200-fifo", "late-1000-fifo", "as-of-20000"}
    assert all(figure["per_pgbench"] > 0 for figure in result["figures"])
    assert result["pgbench"]["-c 1"]
    assert result["machine"]["postgresql"]


@pytest.mark.slow
def test_a_quick_run_buys_by_one_and_by_eight_and_on_a_history(tmp_path: Path) -> None:
    result = _quick_run(tmp_path, "buying")
    values = {figure["name"]: figure["value"] for figure in result["figures"]}
    assert values.keys() == {
        *("buying-1", "buying-1-pgbench", "buying-8", "buying-8-pgbench", "buying-slope", "buying-memory"),
    }
    assert min(values.values()) > 0


@pytest.mark.slow
def test_a_quick_run_serves_a_shop(tmp_path: Path) -> None:
    result = _quick_run(tmp_path, "shop")
    values = {figure["name"]: figure["value"] for figure in result["figures"]}
    assert values.keys() == {"availability", "till", "hot-item"}
    assert min(values.values()) > 0


@pytest.mark.slow
def test_a_client_sells(tmp_path: Path) -> None:
    result = _quick_run(tmp_path, "selling")
    values = {figure["name"]: figure["value"] for figure in result["figures"]}
    names = ("selling-1", "selling-1-pgbench", "selling-8", "selling-8-pgbench", "selling-slope", "selling-memory")
    assert values.keys() == set(names)
    assert min(values.values()) > 0


def _quick_run(tmp_path: Path, *figures: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EVERSTOCK_", "DJANGO_"))}
    only = [word for figure in figures for word in ("--only", figure)]
    command = ["bench", "--quick", *only, "--json", "result.json"]
    ran = subprocess.run(
        [sys.executable, "-m", "everstock.project.main", *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    result: dict[str, Any] = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir() if path.name != ".everstock"] == ["result.json"]
    assert not any((tmp_path / ".everstock").iterdir())
    return result
