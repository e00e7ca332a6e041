"""Tryton beside Everstock: the same purchases and sales, on the same server, in turns.

    make bench-peers                                   # or: python bench/peers/tryton/compare.py --documents 40

The first run makes a virtual environment in ``.bench-peers`` and fetches Tryton from PyPI, as pinned in ``requirements.txt``. The server is
Everstock's embedded one in ``.everstock/bench-peers``, removed at the end.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg.conninfo

if TYPE_CHECKING:
    from everstock.interfaces.bench.clients import Clients
    from everstock.interfaces.bench.yardsticks import Pgbench

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TARGET = 50
TURNS = 3
WORDS = {
    "buy": "order, receipt, invoice of 10 lines, 1 client",
    "sell": "order, shipment, invoice of 10 lines, 1 client",
}
MODULES = ("stock", "purchase", "sale", "account_stock_anglo_saxon", "account_invoice_stock")


def environment(folder: Path) -> Path:
    """The folder of the programs of a virtual environment that holds Tryton."""
    programs = folder / "venv" / "bin"
    done = folder / "installed.txt"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return programs
    print("… fetching Tryton from PyPI", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    # `uv run` says where uv is; a distribution's Python may have neither pip nor what makes environments
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".venv-tools" / "bin" / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(programs / "python")]
    subprocess.run([*install, "-r", str(HERE / "requirements.txt")], check=True)
    done.write_text(wanted, encoding="utf-8")
    return programs


class Tryton:
    """A process that buys and sells in Tryton, in a database made for it."""

    def __init__(self, programs: Path, folder: Path, url: str) -> None:
        # trytond wants an address whose path it can set; where the server is, and who we are, goes into the query and the user
        known = psycopg.conninfo.conninfo_to_dict(url)
        where = "&".join(
            f"{key}={quote(str(known[key]), safe='')}" for key in ("host", "port", "password") if known.get(key)
        )
        name = str(known["dbname"])
        base = f"postgresql://{known.get('user', '')}@/"
        files = folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        config = folder / "trytond.conf"
        config.write_text(f"[database]\nuri = {base}?{where}\npath = {files}\n", encoding="utf-8")
        (folder / "password").write_text("not a secret: the database is dropped at the end\n", encoding="utf-8")
        settings = os.environ | {
            "TRYTOND_CONFIG": str(config),
            "TRYTOND_DATABASE_URI": f"{base}?{where}",
            "TRYTONPASSFILE": str(folder / "password"),
        }
        admin = [str(programs / "trytond-admin"), "-c", str(config), "-d", name]
        for what in (["--all"], ["-u", *MODULES, "--activate-dependencies"]):
            subprocess.run(
                [*admin, *what],
                env=settings,
                input="\n",
                text=True,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        ours = [str(programs / "python"), str(HERE / "documents.py"), str(config)]
        subprocess.run(
            [*ours, f"{base}{name}?{where}", name, "prepare"], env=settings, check=True, stdout=subprocess.DEVNULL
        )
        self._process = subprocess.Popen(
            [*ours, base, name], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: str) -> dict[str, object]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        answer: dict[str, object] = json.loads(self._process.stdout.readline())
        return answer

    def trade(self, what: str, documents: int) -> list[float]:
        times = self.ask(f"{what} {documents}")["times"]
        assert isinstance(times, list)
        return times

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def compare(documents: int, peers: Path, data: Path) -> dict[str, object]:
    """Take turns, and return what was seen."""
    from everstock.project.database import open_database

    programs = environment(peers)
    database = open_database(data)
    try:
        os.environ["EVERSTOCK_DATABASE_URL"] = database.url
        os.environ["DJANGO_SETTINGS_MODULE"] = "everstock.project.settings"
        import django

        django.setup()
        from everstock.interfaces.bench.machine import facts

        return {"machine": facts(database), **take_turns(database, programs, peers, documents)}
    finally:
        database.close()
        shutil.rmtree(data, ignore_errors=True)


def take_turns(opened: object, programs: Path, peers: Path, documents: int) -> dict[str, object]:
    from everstock.interfaces.bench.clients import clients
    from everstock.interfaces.bench.companies import make_company, make_customers, make_suppliers
    from everstock.interfaces.bench.server import databases
    from everstock.interfaces.bench.yardsticks import Pgbench

    with databases(opened) as server:  # type: ignore[arg-type]
        yardstick = Pgbench(server, 3)
        print("… preparing Tryton: a minute or two", file=sys.stderr)
        server.create("tryton", empty=True)
        tryton = Tryton(programs, peers, server.url("tryton"))
        result: dict[str, object] = {"target": TARGET}
        for what, program, make_partners in (("buy", "buyer", make_suppliers), ("sell", "seller", make_customers)):
            server.create(what)
            server.use(what)
            # stock for more than is sold
            ground = make_company("BENCH", "average", 1_000, clients=documents)
            make_partners(ground)
            with clients(server, what, ground.company, 1, program) as ours:
                result[what] = _turns(yardstick, ours, tryton, what, documents)
        result["tryton, books at the end"] = tryton.ask("check")
        tryton.close()
    return result


def _turns(yardstick: "Pgbench", ours: "Clients", tryton: Tryton, what: str, documents: int) -> dict[str, object]:
    from everstock.interfaces.bench.clients import WARM_UP
    from everstock.interfaces.bench.workload import LINES

    tps, mine, theirs = [], [], []
    ours.post(WARM_UP)
    tryton.trade(what, 2)
    for turn in range(1, TURNS + 1):
        print(f"… {what}, turn {turn} of {TURNS}", file=sys.stderr)
        tps.append(yardstick.run())
        mine.append(ours.post(max(20, documents * 10)).rate)
        times = tryton.trade(what, documents)
        theirs.append(len(times) * LINES / sum(times))
    ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
    return {
        "pgbench -c 1, tps": tps,
        "everstock, stock lines/s": mine,
        "tryton, stock lines/s": theirs,
        "ratio": median(ratios),
        "ratios": ratios,
    }


def show(what: str, seen: dict[str, object]) -> None:
    print(f"{WORDS[what]:48}{'median':>10}   turns")
    for name in ("everstock, stock lines/s", "tryton, stock lines/s", "pgbench -c 1, tps"):
        samples = seen[name]
        assert isinstance(samples, list)
        print(f"{name:48}{median(samples):>10,.1f}   {', '.join(f'{one:,.1f}' for one in samples)}")
    ratio = seen["ratio"]
    assert isinstance(ratio, float)
    print(
        f"{'everstock ÷ tryton':48}{ratio:>10,.1f}   target: at least {TARGET}{'' if ratio >= TARGET else ', missed'}"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument(
        "--documents",
        type=int,
        default=20,
        help="purchases, and then sales, of Tryton in each of three turns; ours are ten times as many",
    )
    asked.add_argument("--json", type=Path, help="write the result here too")
    given = asked.parse_args()
    started_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    result = {
        "started_at": started_at,
        **compare(given.documents, ROOT / ".bench-peers/tryton", ROOT / ".everstock/bench-peers"),
    }
    for what in WORDS:
        seen = result[what]
        assert isinstance(seen, dict)
        show(what, seen)
    name = f"{started_at[:19].replace(':', '')}-tryton.json"
    for path in [ROOT / "bench/results" / name, *([given.json] if given.json else [])]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"Wrote {path}")


if __name__ == "__main__":
    main()
