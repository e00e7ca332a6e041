"""Whether anything changed: all rows of all tables, to see that what is refused leaves none behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from everstock.core.problems import Refusal

_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'django%' ORDER BY 1"
)
_ROWS = "SELECT '{0}', count(*), coalesce(bit_xor(hashtextextended(r::text, count)), 0) FROM (SELECT r, count(*) OVER (PARTITION BY r::text) FROM {0} r) r"


def everything() -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a checksum of them: of all tables, whoever writes them."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(_ROWS.format(table) for table in tables))
        found = {table: (count, checksum) for table, count, checksum in cursor.fetchall()}
    assert {"document", "movement", "audit_event", "app_user", "number_series", "item"} <= set(found)
    return found


def refused(code: str, act: Callable[[], Any], words: str = "") -> Refusal:
    """Acting is refused with this code, a cause that holds these words, and a remedy, each a sentence; no table has changed."""
    before = everything()
    with pytest.raises(Refusal) as said:
        act()
    refusal = said.value
    assert (refusal.code, words in refusal.cause) == (code, True), str(refusal)
    assert refusal.cause.endswith(".")
    assert refusal.remedy.endswith(".")
    assert everything() == before
    return refusal


class Watch:
    """Looks at every transaction that a verb begins: when it ends in a refusal, all tables must be what they were."""

    def __init__(self) -> None:
        self.refused = 0
        self._depth = 0
        self._atomic: Callable[..., Any] = transaction.atomic

    def atomic(self, *args: Any, **kwargs: Any) -> Any:
        """In the place of ``transaction.atomic``."""
        if args and callable(args[0]):
            return self._atomic(*args, **kwargs)
        return self._block(*args, **kwargs)

    @contextmanager
    def _block(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        before = None if self._depth else everything()
        self._depth += 1
        try:
            with ExitStack() as stack:
                stack.enter_context(self._atomic(*args, **kwargs))
                yield
        except Refusal:
            if before is not None:
                assert everything() == before, "what was refused changed something"
                self.refused += 1
            raise
        finally:
            self._depth -= 1
