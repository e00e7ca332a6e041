"""The database: an embedded PostgreSQL that starts and stops unnoticed, or a server named by a URL.

``open_database`` is the one way in. Rooms: ``handle`` (what callers hold), ``attachments`` (who is the last one out),
``supervisor`` (start, find, stop), ``cluster`` (the files), ``configuration`` (the settings), ``account`` (the system
user it runs as), ``binaries`` (its programs), ``sockets``, ``locks``, ``locations``, ``failures``, and ``url`` (a server
elsewhere).
"""

from everstock.project.database.handle import Database, open_database
from everstock.project.database.url import connect_info

__all__ = ["Database", "connect_info", "open_database"]
