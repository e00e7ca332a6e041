"""File locks that the kernel releases when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ACCESS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


def open_lock(path: Path) -> int:
    """Return a descriptor for a lock file, made if missing; it belongs to the owner of its folder."""
    try:
        return os.open(path, ACCESS)
    except FileNotFoundError:
        pass
    try:
        descriptor = os.open(path, ACCESS | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Another process made it just now.
        return os.open(path, ACCESS)
    if os.geteuid() == 0:
        # Root may work on a user's data; the user must still be able to lock it afterwards.
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock alone, waiting as long as others have it."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def share(path: Path) -> int:
    """Return a descriptor that shares the lock until it is closed."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def take(descriptor: int) -> bool:
    """Try to hold the lock alone, without waiting; False if others have it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Tell whether any living process has the lock."""
    descriptor = open_lock(path)
    try:
        return not take(descriptor)
    finally:
        os.close(descriptor)


def wait_until_free(path: Path) -> None:
    """Return once no living process has the lock."""
    with exclusive(path):
        pass
