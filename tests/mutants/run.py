"""Break the engine and the ledger on purpose, one place at a time, and see whether the tests notice.

Each mutant is a copy of the source tree in which one place is wrong; a selection of fast tests runs against it with few
examples. A mutant that no test notices has survived: either a test is missing, or nothing that matters has changed. Those of
the second kind are listed in ``equivalent.txt``, with the reason. ``make mutants`` tries a random hundred.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutants.few_examples import EXAMPLES  # noqa: E402
from tests.mutants.mutations import SWAPPED, Mutation, mutations  # noqa: E402

PACKAGE = Path("src/everstock")
EQUIVALENT = ROOT / "tests" / "mutants" / "equivalent.txt"
ENOUGH = 0.95
PATIENCE = 600
"""Seconds after which a mutant hangs however little it does."""
CAUGHT, SURVIVED, HUNG = "caught", "survived", "hung"


class Part(NamedTuple):
    """Modules and the tests that are to notice when they are wrong, the quickest to notice first.

    ``examples``: share of what the tests want by themselves. ``limit``: seconds of processor time after which a mutant hangs;
    the tests alone take about a third of it.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    examples: float
    limit: int
    with_database: bool


PARTS = {
    "core": Part(
        ("core/costing/*.py", "core/replay.py", "core/history.py", "core/order.py", "core/posting.py"),
        (
            "tests/core/test_posting_table.py",
            "tests/core/test_engine_cases.py",
            "tests/core/test_history.py",
            "tests/laws",
        ),
        0.4,
        limit=30,
        with_database=False,
    ),
    "ledger": Part(
        ("ledger/batch.py", "ledger/post.py", "ledger/histories.py"),
        (
            "tests/ledger/test_posting.py",
            "tests/ledger/test_checkpoints.py",
            "tests/ledger/test_journal_lines.py",
            "tests/ledger/test_caches_and_recosting.py",
            "tests/ledger/test_laws_in_the_database.py",
        ),
        0.1,
        limit=60,
        with_database=True,
    ),
}
SETTINGS = """\
[pytest]
addopts = --import-mode=importlib
pythonpath = . src
markers = slow
"""


class Mutant(NamedTuple):
    """One broken place."""

    part: str
    path: str
    mutation: Mutation
    before: str
    """The first line that differs."""
    after: str


class Result(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    outcome: str
    seconds: float
    by: str


# --- where mutants live


def copy_sources(tree: Path) -> Path:
    """What the mutants are made of, as it is now: work on it may go on meanwhile."""
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


class Place:
    """A copy of the sources and the tests, in which one mutant at a time is tried."""

    def __init__(self, tree: Path, folder: Path, part: Part, url: str) -> None:
        self.folder, self.part = folder, part
        shutil.copytree(tree, folder)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=line", "-p", "tests.mutants.few_examples"]
        command += ["-p", "no:cacheprovider", "-p", "no:xdist", *part.tests]
        if part.with_database:
            command += ["--reuse-db"]
        else:
            (folder / "pyproject.toml").unlink()
            (folder / "pytest.ini").write_text(SETTINGS)
            command += ["--noconftest", "-p", "no:django"]
        self.command = command
        self.environment = os.environ | {
            "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}",
            "EVERSTOCK_TEST_DATABASE_URL": url,
            EXAMPLES: str(part.examples),
        }

    def run(self) -> tuple[str, float, str]:
        """Run the tests: what came of it, after how many seconds, and which test noticed."""
        begun = time.monotonic()
        process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=self._limited,  # noqa: PLW1509 - sets a number, touches no lock
        )
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return HUNG, time.monotonic() - begun, "time limit"
        seconds = time.monotonic() - begun
        if process.returncode == -signal.SIGXCPU:
            return HUNG, seconds, "time limit"
        if process.returncode == 0:
            return SURVIVED, seconds, ""
        if process.returncode not in (1, 2, 4):
            raise SystemExit(f"pytest itself failed:\n{said}")
        return CAUGHT, seconds, _noticed_by(said)

    def _limited(self) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (self.part.limit, self.part.limit + 5))

    def try_(self, mutant: Mutant) -> Result:
        path = self.folder / PACKAGE / mutant.path
        source = path.read_bytes()
        self._put(path, mutant.mutation.apply(source))
        try:
            return Result(mutant, *self.run())
        finally:
            self._put(path, source)

    @staticmethod
    def _put(path: Path, source: bytes) -> None:
        path.write_bytes(source)
        for compiled in path.parent.glob(
            f"__pycache__/{path.stem}.*"
        ):  # of the same size and second as this one, perhaps
            compiled.unlink()


def _noticed_by(said: str) -> str:
    for text in said.splitlines():
        if text.startswith(("FAILED", "ERROR")):
            return text.split()[1].rpartition("/")[2]
    return "does not load"


@contextmanager
def places(tree: Path, part: Part, count: int) -> Iterator[list[Place]]:
    """Copies to try mutants in, with a database each where tests need one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutants-")))
        folder.chmod(0o711)
        urls = ["postgresql:///unused"] * count
        if part.with_database:
            urls = stack.enter_context(databases(folder, count))
        made = [Place(tree, folder / f"copy{number}", part, url) for number, url in enumerate(urls)]
        yield made


@contextmanager
def databases(folder: Path, count: int) -> Iterator[list[str]]:
    """A server with a database per copy."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    from everstock.project.database import open_database

    os.environ.pop("EVERSTOCK_DATABASE_URL", None)
    with open_database(folder / "data") as database:
        with psycopg.connect(database.url, autocommit=True) as connection:
            for number in range(count):
                connection.execute(f"CREATE DATABASE mutants_{number}")
        yield [make_conninfo(database.url, dbname=f"mutants_{number}") for number in range(count)]


# --- which mutants


def all_mutants(tree: Path, part: str) -> list[Mutant]:
    """Every mutant of a part."""
    found = []
    for pattern in PARTS[part].modules:
        for path in sorted((tree / PACKAGE).glob(pattern)):
            name, source = str(path.relative_to(tree / PACKAGE)), path.read_bytes()
            found += [Mutant(part, name, mutation, *_change(source, mutation)) for mutation in mutations(source)]
    return found


def _change(source: bytes, mutation: Mutation) -> tuple[str, str]:
    """The first line that differs, before and after."""
    before, after = source.splitlines(), mutation.apply(source).splitlines()
    first = mutation.line - 1
    while first < min(len(before), len(after)) - 1 and before[first] == after[first]:
        first += 1
    return before[first].decode().strip(), after[first].decode().strip()


def equivalent() -> dict[tuple[str, str, str], str]:
    """Reasons why a change changes nothing, by module, line before and line after."""
    reasons = {}
    for block in EQUIVALENT.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            path, before, after, *reason = lines
            reasons[path, before.removeprefix("- "), after.removeprefix("+ ")] = " ".join(reason)
    return reasons


def drawn(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Some of them at random, in order; fewer of the swapped arguments, which are many and mostly show at once."""
    chance = random.Random(seed)
    rank = {mutant: chance.random() ** (3 if mutant.mutation.what == SWAPPED else 1) for mutant in mutants}
    some = set(sorted(mutants, key=lambda mutant: -rank[mutant])[:count])
    return [mutant for mutant in mutants if mutant in some]


# --- the run


def try_all(tree: Path, part: str, mutants: list[Mutant], processes: int) -> Iterator[Result]:
    """Try the mutants of a part side by side."""
    with places(tree, PARTS[part], processes) as made, ThreadPoolExecutor(processes) as pool:
        for outcome, _, by in pool.map(lambda place: place.run(), made):
            if outcome != SURVIVED:
                raise SystemExit(f"the tests of the {part} do not pass on the sources as they are: {by}")
        free: SimpleQueue[Place] = SimpleQueue()
        for place in made:
            free.put(place)

        def attempt(mutant: Mutant) -> Result:
            place = free.get()
            try:
                return place.try_(mutant)
            finally:
                free.put(place)

        yield from pool.map(attempt, mutants)


def show(result: Result) -> None:
    """One line for a mutant, and for a survivor what was changed."""
    mutant = result.mutant
    place = f"{mutant.path}:{mutant.mutation.line}"
    print(f"{result.outcome:9} {result.seconds:5.1f} s  {place:32} {mutant.mutation.what:28} {result.by}", flush=True)
    if result.outcome == SURVIVED:
        print(f"          - {mutant.before}\n          + {mutant.after}", flush=True)


def main() -> None:
    """Try mutants; exit status 1 if too few were caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), help="only mutants of this part")
    parser.add_argument("--count", type=int, default=100, help="how many, drawn at random (100)")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--all", action="store_true", help="every single one")
    parser.add_argument("--only", default="", help="only modules whose path contains this")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        sys.exit(run(copy_sources(Path(folder)), options))


def run(tree: Path, options: argparse.Namespace) -> bool:
    """Try the mutants that the options ask for; whether too many survived."""
    reasons = equivalent()
    parts = [options.part] if options.part else list(PARTS)
    listed = [mutant for part in parts for mutant in all_mutants(tree, part) if options.only in mutant.path]
    tried = [mutant for mutant in listed if (mutant.path, mutant.before, mutant.after) not in reasons]
    print(f"{len(listed)} mutants, {len(listed) - len(tried)} of them equivalent", flush=True)
    if not options.all:
        tried = drawn(tried, options.count, options.seed)
    survived = 0
    for part in parts:
        mine = [mutant for mutant in tried if mutant.part == part]
        for result in try_all(tree, part, mine, options.processes) if mine else ():
            survived += result.outcome == SURVIVED
            show(result)
    print(f"{len(tried) - survived} of {len(tried)} caught, {survived} survived")
    return survived > (1 - ENOUGH) * len(tried)


if __name__ == "__main__":
    main()
