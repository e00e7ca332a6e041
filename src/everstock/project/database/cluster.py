"""The files of the embedded server: made once, checked and mended before every start."""

import shutil
from pathlib import Path

from everstock.core.problems import Refusal
from everstock.project.database import failures
from everstock.project.database.account import Account
from everstock.project.database.binaries import VARIABLE, Programs
from everstock.project.database.configuration import INCLUDES, OWN_FILE, configure, read, write
from everstock.project.database.locations import NAME, Layout

BUILTIN_LOCALE_SINCE = 17


def prepare(layout: Layout, programs: Programs, account: Account) -> None:
    """Make the cluster if there is none, and bring it into a state that can be started. Raises Refusal."""
    if not layout.cluster.exists():
        create(layout, programs, account)
    check_version(layout, programs)
    repair(layout, account)
    configure(layout, programs, account)


def create(layout: Layout, programs: Programs, account: Account) -> None:
    """Make the cluster with role and database, all or nothing."""
    scratch = layout.cluster.with_name("postgresql.new")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(mode=0o700)
        account.give(scratch)
        initialise(scratch, layout, programs, account)
        scratch.rename(layout.cluster)
    except BaseException:
        # Half a cluster would fill a full disk for good.
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def initialise(scratch: Path, layout: Layout, programs: Programs, account: Account) -> None:
    """Fill an empty folder with a cluster: role and database ``everstock``, folders for socket and logs."""
    # Letters of all languages, compared by code point, the same on every machine. Before version 17 that was up to the
    # system; where it lacks C.UTF-8, only ASCII letters have upper and lower case.
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locale = builtin if programs.major >= BUILTIN_LOCALE_SINCE else ["--locale=C.UTF-8"]
    with account.way_to(scratch) as (place, kept):
        make = [str(programs.bin_dir / "initdb"), "-D", place, "-U", NAME, "--auth=peer", "--data-checksums"]
        answer = account.run([*make, "--encoding=UTF8", *locale], kept=kept)
        if "invalid locale name" in answer.stdout:
            answer = account.run([*make, "--encoding=UTF8", "--locale=C"], kept=kept)
        if answer.returncode == 0:
            single = [str(programs.bin_dir / "postgres"), "--single", "-D", place, "-c", "exit_on_error=on", "postgres"]
            answer = account.run(single, text=f"CREATE DATABASE {NAME};\n", kept=kept)
    if answer.returncode != 0:
        raise failures.failed("creating", layout.data_dir, answer.stdout)
    for folder in (layout.socket_dir, layout.log_dir):
        (scratch / folder.name).mkdir(mode=0o700)
        account.give(scratch / folder.name)
    settings = scratch / "postgresql.conf"
    write(settings, read(settings) + INCLUDES, account)
    write(scratch / OWN_FILE, "# Your own settings; they win over Everstock's.\n", account)


def check_version(layout: Layout, programs: Programs) -> None:
    """Raise Refusal if another major version of PostgreSQL wrote the files."""
    written = read(layout.cluster / "PG_VERSION").strip()
    if written == str(programs.major):
        return
    if not written.split(".", maxsplit=1)[0].isdecimal():
        cause = f"The folder {layout.cluster} is not a database."
        raise Refusal("database-damaged", cause, "Restore it from a backup, or move it away to start afresh.")
    cause = f"PostgreSQL {written} wrote the data in {layout.data_dir}, and this is PostgreSQL {programs.major}."
    if int(written.split(".", maxsplit=1)[0]) > programs.major:
        remedy = f"Install a newer Everstock, or set {VARIABLE} to the bin folder of PostgreSQL {written}."
        raise Refusal("database-newer", cause, remedy)
    remedy = (
        f"Set {VARIABLE} to the bin folder of PostgreSQL {written}, run `everstock backup`, unset it, and run"
        " `everstock restore` into a new data directory."
    )
    raise Refusal("database-older", cause, remedy)


def repair(layout: Layout, account: Account) -> None:
    """Undo what copying does to owner and access of the files, where it is ours to undo."""
    cluster = layout.cluster
    if account.dropped and cluster.stat().st_uid == 0:
        for path in (cluster, *cluster.rglob("*")):
            account.give(path)
    if cluster.stat().st_mode & 0o077:
        # PostgreSQL refuses files that others could read, and so do we.
        cluster.chmod(0o700)
    for folder in (layout.socket_dir, layout.log_dir):
        if not folder.exists():
            folder.mkdir(mode=0o700)
            account.give(folder)
