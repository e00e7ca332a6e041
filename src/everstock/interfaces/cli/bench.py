"""The command that measures: bench."""

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import Program

_FIGURES = ("post", "history", "late", "buying", "selling", "shop", "as-of", "import")
_OWN_DATA = Path(".everstock/bench")
_RESULTS = Path("bench/results")


@click.command()
@click.option("--quick", is_flag=True, help="Tiny sizes, to see that everything works.")
@click.option("--full", is_flag=True, help="Also what takes long: ten million movements.")
@click.option("--only", "names", multiple=True, type=click.Choice(_FIGURES), help="Measure this; may be repeated.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here too.")
@click.pass_obj
def bench(program: Program, quick: bool, full: bool, names: Sequence[str], file: Path | None) -> None:
    """Measure speed on this machine, against yardsticks of the same run.

    Works in databases of its own, which are dropped at the end: by default on a server in .everstock/bench, with --data-dir or
    EVERSTOCK_DATABASE_URL on that one. A result is also written into bench/results where there is a folder bench.
    """
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other.")
    own = program.data_dir is None and "EVERSTOCK_DATABASE_URL" not in os.environ
    if own:
        program.data_dir = _OWN_DATA
    try:
        outcome, written = _measure(program, quick=quick, full=full, names=names or _FIGURES)
    finally:
        program.close()
        if own:
            shutil.rmtree(_OWN_DATA, ignore_errors=True)
    for path in _files(file, written["started_at"]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        say(f"Wrote {path}")
    if outcome:
        say(f"Below target: {', '.join(outcome)}")


def _measure(program: Program, *, quick: bool, full: bool, names: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Run and print; returns the figures that are below their targets, and the result."""
    from dataclasses import replace

    database = program.database(create=True)
    from everstock.interfaces.bench.machine import facts
    from everstock.interfaces.bench.run import FULL, QUICK, TEN_MILLION, run
    from everstock.interfaces.bench.show import missed, print_table, result

    sizes = QUICK if quick else FULL
    if full:
        sizes = replace(sizes, entries=(*sizes.entries, TEN_MILLION))
    started_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    begun = time.monotonic()
    machine = facts(database)
    samples = Path(os.environ.get("EVERSTOCK_SAMPLES") or "../shared")
    outcome = run(database, names, sizes, tell=lambda text: click.echo(f"… {text}", err=True), samples=samples)
    seconds = time.monotonic() - begun
    print_table(outcome, machine, seconds, quick=quick)
    return missed(outcome.figures), result(outcome, machine, seconds, started_at, quick=quick)


def _files(named: Path | None, started_at: str) -> list[Path]:
    files = [] if named is None else [named]
    if _RESULTS.parent.is_dir():
        files.append(_RESULTS / f"{started_at[:19].replace(':', '')}.json")
    return files
