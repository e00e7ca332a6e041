"""The command as a program: exit status, what goes where, pipes, interrupts, backup and restore. One data directory for all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EVERSTOCK = str(Path(sys.executable).with_name("everstock"))
HEADER = "date,kind,item,location,quantity,unit_cost,reference\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVERSTOCK_", "DJANGO_"))}
    return {**kept, "EVERSTOCK_DATA_DIR": str(data_dir), "COLUMNS": "100"}


def call(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [EVERSTOCK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(data_dir), timeout=120)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="everstock-cli-"))
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def everstock(data_dir: Path) -> Run:
    """The command on a data directory with one company ACME."""

    def run(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = call(data_dir, *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done

    done = run("init", "--company", "ACME", "--name", "Acme Ltd", "--currency", "eur", "--costing", "average")
    assert "Created company ACME" in done.stdout
    assert "Acme Ltd: EUR, costing average per item, negative stock forbidden" in done.stdout
    assert "Next: everstock import movements" in done.stdout
    return run


def test_where_nobody_would_hear_nothing_is_done(data_dir: Path, everstock: Run) -> None:
    command = f"exec {EVERSTOCK} user create eve --role seller >&-"
    done = subprocess.run(
        ["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False, env=environment(data_dir), timeout=120
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: Standard output is closed.",
        "Remedy: Send it to a file, or to /dev/null.",
    ]
    assert "eve" not in everstock("user", "list").stdout


@pytest.mark.parametrize("command", ["so list", "verify"])
def test_a_mistyped_folder_is_told_and_not_created(tmp_path: Path, command: str) -> None:
    done = call(tmp_path / "typo", *command.split())
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: There is no database in {tmp_path / 'typo'}.",
        "Remedy: Create one with `everstock init`, or check --data-dir and EVERSTOCK_DATA_DIR.",
    ]
    assert not (tmp_path / "typo").exists()


def test_help_and_version_start_no_database(tmp_path: Path) -> None:
    for arguments in (["--help"], ["--version"], ["import", "movements", "--help"], ["report", "--help"]):
        done = call(tmp_path / "none", *arguments)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
    manual = call(tmp_path / "none", "--help").stdout
    for word in ("Examples", "EVERSTOCK_DATA_DIR", "EVERSTOCK_DATABASE_URL", "Exit status", "import", "backup"):
        assert word in manual
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["init", "--costing", "magic"],
        ["lock"],
        ["lock", "--through", "31.1.2026"],
        ["import", "movements"],
        ["import", "movements", "missing.csv"],
        ["--nonsense"],
    ],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    done = call(tmp_path / "none", *arguments)
    assert done.returncode == 2
    assert "Error:" in done.stderr
    assert not done.stdout
    assert not (tmp_path / "none").exists()


def test_a_company_that_exists_is_refused(everstock: Run) -> None:
    done = everstock("init", "--company", "ACME", status=1)
    assert done.stderr == "Error: There is already a company ACME.\nRemedy: Choose another code.\n"
    assert not done.stdout


def test_global_options_before_and_after_the_command(everstock: Run, data_dir: Path) -> None:
    plain = everstock("info").stdout
    assert everstock("--data-dir", str(data_dir), "info").stdout == plain
    assert everstock("info", "--data-dir", str(data_dir)).stdout == plain
    assert str(data_dir) in plain
    assert "Company ACME" in plain
    for arguments in (
        ["--company", "NO", "lock", "--through", "2020-01-31"],
        ["lock", "--company=NO", "--through", "2020-01-31"],
    ):
        assert "Remedy: Use one of: ACME." in everstock(*arguments, status=1).stderr


def test_a_database_without_tables_is_refused_with_a_remedy() -> None:
    folder = Path(tempfile.mkdtemp(prefix="everstock-cli-"))
    try:
        assert call(folder, "info").returncode == 0
        refused = call(folder, "lock", "--through", "2026-01-31")
        assert refused.returncode == 1
        assert refused.stderr.splitlines() == [
            f"Error: There is no company in {folder} yet.",
            "Remedy: Create one with `everstock init`, or check --data-dir and EVERSTOCK_DATA_DIR.",
        ]
        assert call(folder, "migrate").returncode == 0
        again = call(folder, "migrate")
        assert again.stdout == "The tables were up to date.\n"
        none = call(folder, "lock", "--through", "2026-01-31")
        assert none.stderr.splitlines()[1] == "Remedy: Create one with `everstock init`."
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_import_refuses_with_an_aligned_list(everstock: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + "2026-01-05,receipt,A,M,x,1,R1\n" * 120)
    done = everstock("import", "movements", str(bad), status=1)
    lines = done.stderr.splitlines()
    assert lines[0].split() == ["line", "column", "value", "reason"]
    assert lines[1] == "   2  quantity  x      is not a plain decimal number such as 1234.5"
    assert lines[101] == "… and 20 more."
    assert lines[102] == "Error: bad.csv has 120 problems; nothing was imported."
    assert lines[103].startswith("Remedy: ")


def test_import_dry_run_import_again_reverse_lock(everstock: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text(HEADER + "2026-01-05,receipt,A,M,10,2,PO-1\n2026-01-06,issue,A,M,3,,SO-1\n")
    assert "Would post 2 of 2 lines" in everstock("import", "movements", str(file), "--dry-run").stdout
    assert "Posted 2 of 2 lines" in everstock("import", "movements", str(file)).stdout
    assert "Skipped 2 lines" in everstock("import", "movements", str(file)).stdout
    assert "would fall below zero on 2026-01-06" in everstock("reverse", "PO-1", status=1).stderr
    assert (
        everstock("reverse", "SO-1", "--note", "wrong customer").stdout == "Reversed line SO-1 by line SO-1:reversal.\n"
    )
    assert "was reversed before" in everstock("reverse", "SO-1").stdout
    assert "no line with the reference NONE" in everstock("reverse", "NONE", status=1).stderr
    assert everstock("lock", "--through", "2025-12-31").stdout == "The books of ACME are closed through 2025-12-31.\n"
    assert everstock("unlock", "--from", "2025-12-01").stdout == "The books of ACME are closed through 2025-11-30.\n"


def test_master_data_files(everstock: Run, tmp_path: Path) -> None:
    for name, content in (
        ("items", "sku,name,base_unit,units\nX1,Nut,each,box=100\nX2,Bolt,each,\n"),
        ("locations", "code,kind,parent\nW1,internal,\nW1-A,internal,W1\n"),
        ("partners", "code,name,supplier,customer\nS1,Steel,yes,no\nC1,Crafts,no,yes\n"),
    ):
        file = tmp_path / f"{name}.csv"
        file.write_text(content)
        rows = len(content.splitlines()) - 1
        assert f"{rows} {name} would be created" in everstock("import", name, str(file), "--dry-run").stdout
        assert f"{rows} {name} created, 0 changed" in everstock("import", name, str(file)).stdout
        assert f"0 {name} created, 0 changed, {rows} as before" in everstock("import", name, str(file)).stdout


def test_cost_changes(everstock: Run, tmp_path: Path) -> None:
    moves = tmp_path / "m.csv"
    moves.write_text(HEADER + "2026-02-05,receipt,CC,M,10,2,PO-CC\n")
    everstock("import", "movements", str(moves))
    file = tmp_path / "c.csv"
    header = "entered_at,reference,item,location,old_unit_cost,new_unit_cost\n"
    file.write_text(header + "2026-03-01 12:00,PO-CC,CC,M,2,2.5\n2026-03-02,PO-CC,,,2,3\n")
    done = everstock("import", "cost-changes", str(file))
    assert "Posted 2 of 2 lines" in done.stdout
    assert "Lines whose old unit cost is not that of the receipt: 1 (3)." in done.stderr
    again = everstock("import", "cost-changes", str(file))
    assert "Skipped 2 lines" in again.stdout
    assert "old unit cost" not in again.stderr
    file.write_text(header + "2026-03-01,NONE,,,,x\n2026-03-01,PO-CC,NO,W9,,1\n2026-03-01,NONE,,,,1\n")
    told = [
        line.split()[:2] for line in everstock("import", "cost-changes", str(file), status=1).stderr.splitlines()[1:5]
    ]
    assert told == [["2", "new_unit_cost"], ["3", "item"], ["3", "location"], ["4", "reference"]]


def test_output_in_three_formats(everstock: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text(HEADER + '2026-01-05,receipt,"F,1",FMT,10,2,FMT-1\n')
    everstock("import", "movements", str(file))
    report = ("report", "valuation", "--by", "item+location", "--location", "FMT")
    table = everstock(*report).stdout
    assert "\x1b" not in table
    lines = everstock(*report, "--format", "csv").stdout.splitlines()
    assert lines[0] == "item,location,quantity,value,unit_cost"
    assert lines[1].startswith('"F,1",')
    (row,) = json.loads(everstock(*report, "--format", "json").stdout)
    assert (row["item"], row["quantity"]) == ("F,1", "10")


def test_nobody_reads_on(everstock: Run, data_dir: Path) -> None:
    everstock("info")
    command = f"{EVERSTOCK} --help | head -1; {EVERSTOCK} report journal --format csv | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, env=environment(data_dir)
    )
    assert not done.stderr
    assert len(done.stdout.splitlines()) == 2


def while_it_reads(file: Path) -> Callable[[subprocess.Popen[str]], None]:
    """Wait until a process has the file open; where the system does not tell, as long as it takes anywhere."""

    def wait(process: subprocess.Popen[str]) -> None:
        open_files = Path(f"/proc/{process.pid}/fd")
        if not open_files.exists():
            time.sleep(5)
        while process.poll() is None and open_files.exists():
            with suppress(FileNotFoundError):
                if any(one.samefile(file) for one in open_files.iterdir()):
                    return
            time.sleep(0.01)

    return wait


def after(seconds: float) -> Callable[[subprocess.Popen[str]], None]:
    """Wait so long."""
    return lambda _: time.sleep(seconds)


def interrupt_import(file: Path, data_dir: Path, when: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of an import that is interrupted after ``when`` returns."""
    command = [EVERSTOCK, "import", "movements", str(file)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(data_dir)
    ) as process:
        when(process)
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    return process.returncode, out, told


def write_receipts(file: Path, reference: str, lines: int) -> None:
    rows = (f"2026-01-05,receipt,I{n % 50},BIG,10,2,{reference}-{n}\n" for n in range(lines))
    file.write_text(HEADER + "".join(rows))


def test_interrupted_import_changes_nothing(everstock: Run, data_dir: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    write_receipts(big, "BIG", 400_000)
    status, _, told = interrupt_import(big, data_dir, while_it_reads(big))
    assert status == 130, told
    assert told.strip() == "Interrupted. What was not finished has been undone."
    assert "no line with the reference BIG-0" in everstock("reverse", "BIG-0", status=1).stderr


def test_what_is_kept_is_told(everstock: Run, data_dir: Path, tmp_path: Path) -> None:
    # around the end, where the lines are kept and the statistics refreshed
    write_receipts(tmp_path / "whole.csv", "WHOLE", 6_000)
    begun = time.monotonic()
    everstock("import", "movements", str(tmp_path / "whole.csv"))
    whole = time.monotonic() - begun
    for turn in range(4):
        write_receipts(tmp_path / "next.csv", f"TURN{turn}", 6_000)
        _, out, told = interrupt_import(tmp_path / "next.csv", data_dir, after(whole * (0.7 + 0.06 * turn)))
        assert "Posted" in out or "Interrupted" in told
        everstock("reverse", f"TURN{turn}-0", status=0 if "Posted" in out else 1)


def test_backup_and_restore(everstock: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    assert f"Wrote {file}" in everstock("backup", str(file)).stdout
    assert f"Wrote {file}" in everstock("backup", str(file)).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["all.backup"]
    assert "holds a company: ACME" in everstock("restore", str(file), status=1).stderr
    everstock("init", "--company", "LATER")
    assert "Restored" in everstock("restore", str(file), "--replace").stdout
    assert "LATER" not in everstock("info").stdout

    other = Path(tempfile.mkdtemp(prefix="everstock-cli-"))
    try:
        assert "Restored" in call(other / "data", "restore", str(file)).stdout
        assert "Company ACME" in call(other / "data", "info").stdout
    finally:
        shutil.rmtree(other, ignore_errors=True)


def test_what_is_no_backup_is_refused(everstock: Run, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("PG")
    assert "is no backup" in everstock("restore", str(text), "--replace", status=1).stderr
    assert "exists and is no backup" in everstock("backup", str(text), status=1).stderr
    assert text.read_text() == "PG"
    good = tmp_path / "good.backup"
    everstock("backup", str(good))
    broken = tmp_path / "broken.backup"
    broken.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    everstock("restore", str(broken), "--replace", status=1)
    assert "Company ACME" in everstock("info").stdout
    assert "There is no folder" in everstock("backup", str(tmp_path / "no" / "x.backup"), status=1).stderr


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    variables = {**environment(tmp_path), "EVERSTOCK_DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"}
    done = subprocess.run([EVERSTOCK, "info"], capture_output=True, text=True, check=False, env=variables)
    assert done.returncode == 1
    assert "Error: The database at 127.0.0.1:1 cannot be reached" in done.stderr
    assert "secret" not in done.stderr
