"""This process's shares in embedded servers: the last process to give its share back stops the server."""

import atexit
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from everstock.project.database import failures, locks, supervisor
from everstock.project.database.account import data_dir_mode, server_account
from everstock.project.database.locations import Layout


@dataclass(slots=True)
class Attachment:
    """A share in one server; all handles of this process on that data directory count on it."""

    layout: Layout
    descriptor: int
    """Of the attached lock. The kernel gives it back when the process dies, however it dies."""
    handles: int = 0


class Registry:
    """The shares of this process, by data directory."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.attachments: dict[Path, Attachment] = {}
        self.for_child: dict[Path, int] = {}

    def attach(self, layout: Layout) -> Path:
        """Count one more handle, and return the folder of the server's socket. Raises Refusal."""
        with self.guard, failures.on_files(layout.data_dir):
            layout.data_dir.mkdir(mode=data_dir_mode(), parents=True, exist_ok=True)
            # A foreign owner is told first: every file below would only be "denied".
            server_account(layout)
            with locks.exclusive(layout.start_lock):
                return self._attach(layout)

    def _attach(self, layout: Layout) -> Path:
        known = self.attachments.get(layout.data_dir)
        attachment = known or Attachment(layout, locks.share(layout.attached_lock))
        try:
            socket_dir = supervisor.ensure_running(layout)
        except BaseException:
            if known is None:
                os.close(attachment.descriptor)
            raise
        attachment.handles += 1
        self.attachments[layout.data_dir] = attachment
        return socket_dir

    def detach(self, data_dir: Path) -> None:
        """Count one handle less; with the last one the share is given back."""
        with self.guard:
            attachment = self.attachments.get(data_dir)
            if attachment is None:
                return
            attachment.handles -= 1
            if attachment.handles == 0:
                del self.attachments[data_dir]
                give_back(attachment)

    def give_all_back(self) -> None:
        """Give back whatever this process still has, on its way out."""
        with self.guard:
            while self.attachments:
                _, attachment = self.attachments.popitem()
                try:
                    give_back(attachment)
                except OSError:
                    # Nobody is left to be told; the next command finds the server and stops it.
                    pass

    def before_fork(self) -> None:
        """Take shares for a child: those it inherits are its parent's, and end with them."""
        # Taken before the fork: the parent may give back its own before the child runs at all.
        self.guard.acquire()
        for attachment in self.attachments.values():
            with suppress(OSError):
                self.for_child[attachment.layout.data_dir] = locks.share(attachment.layout.attached_lock)

    def after_fork_in_parent(self) -> None:
        """Leave the child its shares."""
        for descriptor in self.for_child.values():
            os.close(descriptor)
        self.for_child.clear()
        self.guard.release()

    def after_fork_in_child(self) -> None:
        """Use the shares that were taken for this process."""
        for data_dir, descriptor in self.for_child.items():
            os.close(self.attachments[data_dir].descriptor)
            self.attachments[data_dir].descriptor = descriptor
        self.for_child.clear()
        self.guard.release()


def give_back(attachment: Attachment) -> None:
    """Stop the server if no other process has a share in it."""
    layout = attachment.layout
    try:
        # Nobody can attach meanwhile: a newcomer waits, and starts the server again.
        with locks.exclusive(layout.start_lock):
            if locks.take(attachment.descriptor):
                supervisor.stop(layout)
    except FileNotFoundError:
        # Somebody removed the data directory; the server notices by itself and ends.
        pass
    finally:
        os.close(attachment.descriptor)


registry = Registry()
atexit.register(registry.give_all_back)
os.register_at_fork(
    before=registry.before_fork,
    after_in_parent=registry.after_fork_in_parent,
    after_in_child=registry.after_fork_in_child,
)
