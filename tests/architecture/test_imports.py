"""The direction of dependencies is a contract: declared in pyproject.toml, and here where a declaration cannot say it."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.architecture.tree import ROOT, SRC, imported, modules, place, syntax

IO_OF_THE_STANDARD_LIBRARY = {
    *("asyncio", "concurrent", "fcntl", "glob", "http", "importlib", "io", "logging", "mmap", "multiprocessing", "os"),
    *("pathlib", "queue", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess"),
    *("sys", "tempfile", "threading", "time", "urllib", "uuid"),
}
"""What reads or changes the world, or answers differently each time."""


def test_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", modules("core"), ids=lambda path: path.relative_to(SRC).as_posix())
def test_core_imports_only_pure_parts_of_the_standard_library(path: Path) -> None:
    wrong = [
        f"{place(path, node)} imports {name}"
        for node, name in imported(syntax(path))
        if not name.startswith("everstock.core.")
        and (
            name.partition(".")[0] not in sys.stdlib_module_names
            or name.partition(".")[0] in IO_OF_THE_STANDARD_LIBRARY
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_ledger_touches_its_tables_and_its_writers() -> None:
    graph = grimp.build_graph("everstock", cache_dir=None)
    inner = [
        module
        for module in graph.modules
        if module == "everstock.ledger.models"
        or module.startswith(("everstock.ledger.models.", "everstock.ledger.write", "everstock.ledger.migrations"))
    ]
    wrong = [
        f"{importer} imports {module}: ask everstock.ledger's public functions instead"
        for module in inner
        for importer in sorted(graph.find_modules_that_directly_import(module))
        if not importer.startswith("everstock.ledger.") and importer != "everstock.ledger"
    ]
    assert not wrong, "\n".join(wrong)
