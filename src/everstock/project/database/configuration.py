"""The settings of the embedded server, sized to this machine, and who may sign in."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from everstock.project.database.account import Account, clients
from everstock.project.database.binaries import Programs
from everstock.project.database.locations import NAME, PORT, Layout

SETTINGS_FILE = "everstock.conf"
OWN_FILE = "local.conf"
INCLUDES = f"\n# Everstock's settings, written anew when needed; your own go into {OWN_FILE} and win.\n" + "".join(
    f"include_if_exists = '{name}'\n" for name in (SETTINGS_FILE, OWN_FILE)
)
MEGABYTE = 1 << 20
GIGABYTE = 1 << 30

# Given on the command line, where no file can change them: nobody but us gets in, and what is committed stays.
FIRM = {"listen_addresses": "", "port": str(PORT), "fsync": "on", "full_page_writes": "on"}

SETTINGS = """\
# Written by Everstock; changes here are lost. Put your own into {own_file}.
# Machine: {stamp}

# Memory
shared_buffers = {shared_buffers}MB
effective_cache_size = {cache}MB
work_mem = {work_mem}MB
maintenance_work_mem = {maintenance}MB
dynamic_shared_memory_type = {shared_memory}
max_connections = 100

# Nothing that was committed is ever lost
fsync = on
full_page_writes = on
synchronous_commit = on

# Rare checkpoints make bulk posting fast; after a crash the server reads back at most this much
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
max_wal_size = {max_wal}MB
min_wal_size = 80MB
max_logical_replication_workers = 0

# After a checkpoint each page that changes goes to the log whole; PostgreSQL's own compression takes 0.15 ms for one
wal_compression = {compression}

# Many short queries on fast disks
jit = off
random_page_cost = 1.1

# Ledgers only grow: keep statistics and visibility fresh while they do
autovacuum = on
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_insert_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.02

# One file per weekday, emptied when its day comes again
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_file_mode = 0600
log_checkpoints = off
log_line_prefix = '%m [%p] %q%d '
log_timezone = 'UTC'

timezone = 'UTC'
lc_messages = 'C'
cluster_name = 'everstock'
unix_socket_permissions = 0700
"""


def configure(layout: Layout, programs: Programs, account: Account) -> None:
    """Write the settings and the sign-in rules into the cluster where they are missing or out of date."""
    cluster = layout.cluster
    memory, disk = memory_size(), shutil.disk_usage(cluster).total
    stamp = stamp_of(programs, memory, disk)
    if f"# Machine: {stamp}\n" not in read(cluster / SETTINGS_FILE):
        compression = best_compression(layout, programs, account)
        write(cluster / SETTINGS_FILE, settings(stamp, memory, disk, compression), account)
    # Who asks is told by the kernel, so there is no password to keep, to leak or to lose. The map is made anew at
    # every start: the data may have been given to somebody else.
    rules = "".join(f"local  {database}  {NAME}  peer  map={NAME}\n" for database in ("all", "replication"))
    users = "".join(f'{NAME}  "{user}"  {NAME}\n' for user in clients(layout))
    # The socket can be reached by root and by the server's own user; peer lets only these sign in.
    for name, text in (("pg_hba.conf", rules), ("pg_ident.conf", users)):
        if read(cluster / name) != text:
            write(cluster / name, text, account)


def settings(stamp: str, memory: int, disk: int, compression: str) -> str:
    """Return the text of the settings file for a machine with this much memory and disk (bytes)."""
    small = memory < 2 * GIGABYTE
    return SETTINGS.format(
        own_file=OWN_FILE,
        stamp=stamp,
        shared_buffers=max(32, min(256, memory // 8 // MEGABYTE)),
        cache=max(64, memory // 2 // MEGABYTE),
        work_mem=8 if small else 32,
        maintenance=32 if small else 128,
        shared_memory=shared_memory(),
        max_wal=4096 if disk > 40 * GIGABYTE else max(128, disk // 10 // MEGABYTE),
        compression=compression,
    )


def stamp_of(programs: Programs, memory: int, disk: int) -> str:
    """Return a text that changes whenever the settings may have to."""
    facts = f"{SETTINGS} {programs.bin_dir} {programs.version} {memory} {disk} {shared_memory()}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def best_compression(layout: Layout, programs: Programs, account: Account) -> str:
    """Return lz4 where these programs were built with it, else off: PostgreSQL's own costs more time than it saves."""
    # The server itself knows what it was built with; -C prints a setting without starting.
    question = ["-c", "wal_compression=lz4", "-C", "wal_compression"]
    with account.way_to(layout.cluster) as (place, kept):
        answer = account.run([str(programs.bin_dir / "postgres"), "-D", place, *question], kept=kept)
    return "lz4" if answer.returncode == 0 else "off"


def shared_memory() -> str:
    """Return where parallel queries exchange rows: containers often have a tiny /dev/shm."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= 256 * MEGABYTE else "mmap"  # noqa: S108 the mount itself
    except OSError:
        return "posix"


def memory_size() -> int:
    """Return the bytes of memory this machine or container may use."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = read(Path(limit)).strip()
        if text.isdecimal():
            size = min(size, int(text))
    return size


def read(path: Path) -> str:
    """Return the text of a file, empty if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def write(path: Path, text: str, account: Account) -> None:
    """Put a file into the cluster, whole or not at all."""
    # A new file renamed into place: root never writes through a link that the server's user may have put there.
    descriptor, scratch = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if account.dropped:
                os.fchown(descriptor, account.uid, account.gid)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(scratch).rename(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
