"""No clock below the interfaces: when something was true and when it was learned are always told, by name."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import SRC, full_names, modules, place, strings, syntax

TIMELESS = ("core", "masterdata", "ledger", "reports", "operations")
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "time.ctime",
    "time.strftime",
    "time.clock_gettime",
    "django.utils.timezone.now",
    "django.utils.timezone.localtime",
    "django.utils.timezone.localdate",
    "django.db.models.functions.Now",
    "django.db.models.functions.datetime.Now",
}
CLOCK_ARGUMENTS = {"auto_now", "auto_now_add"}
CLOCK_IN_SQL = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|\b(current_timestamp|current_date|current_time|localtimestamp)\b",
    re.IGNORECASE,
)


def clocks_read_in(path: Path) -> list[str]:
    tree = syntax(path)
    found = [f"{place(path, node)} reads the clock: {name}" for node, name in full_names(tree) if name in CLOCKS]
    found += [
        f"{place(path, node.value)} reads the clock: {node.arg}"
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in CLOCK_ARGUMENTS
    ]
    found += [
        f"{place(path, node)} reads the server's clock"
        for node in strings(tree)
        if CLOCK_IN_SQL.search(str(node.value))
    ]
    return found


@pytest.mark.parametrize("path", modules(*TIMELESS), ids=lambda path: path.relative_to(SRC).as_posix())
def test_no_clock_is_read_below_the_interfaces(path: Path) -> None:
    found = clocks_read_in(path)
    assert not found, "\n".join([*found, "Take the moment as an argument: effective_at or recorded_at."])


def test_no_sql_file_reads_the_servers_clock() -> None:
    wrong = [
        f"{place(path)} reads the server's clock"
        for path in SRC.rglob("*.sql")
        if CLOCK_IN_SQL.search(re.sub(r"--.*", "", path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import datetime as moment\nx = moment.utcnow()",
        "from datetime import date\nx = [date.today]",
        "import time\nx = time.time()",
        "from time import time_ns\nx = time_ns()",
        "from django.utils import timezone\nx = f(default=timezone.now)",
        "x = DateTimeField(auto_now_add=True)",
        "x = 'UPDATE t SET at = clock_timestamp()'",
    ],
)
def test_the_check_sees_a_clock_however_it_is_spelled(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.architecture.tree.ROOT", tmp_path)
    path = tmp_path / "clock.py"
    path.write_text(source, encoding="utf-8")
    assert clocks_read_in(path)
