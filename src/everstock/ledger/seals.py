"""Sealing: postings are chained in blocks by SHA-256, so that nobody can edit the past with SQL unnoticed.

A block's digest covers the digest of the block before and every row of its postings, in order, as PostgreSQL writes them out. It is
computed beside the posting path, by ``everstock seal`` or a background job.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction

from everstock.ledger import database

BLOCK = 10_000
"""Postings in a block at most."""

_ROWS = """
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY part, position, number), ''), 'UTF8')), 'hex')
  FROM (SELECT 1 AS part, id AS position, 0::bigint AS number, p::text AS line
          FROM posting p WHERE company_id = %(company)s AND id BETWEEN %(first)s AND %(last)s
        UNION ALL SELECT 2, posting_id, id, m::text
          FROM movement m WHERE company_id = %(company)s AND posting_id BETWEEN %(first)s AND %(last)s
        UNION ALL SELECT 3, d.posting_id, d.id, d::text
          FROM count_difference d JOIN posting p ON p.id = d.posting_id AND p.company_id = %(company)s
         WHERE d.posting_id BETWEEN %(first)s AND %(last)s
        UNION ALL SELECT 4, posting_id, line, e::text
          FROM entry e WHERE company_id = %(company)s AND posting_id BETWEEN %(first)s AND %(last)s) AS rows
"""


class Sealed(NamedTuple):
    """A sealed block."""

    first: int
    last: int
    digest: str


def seal(company_id: int, *, sealed_at: int) -> list[Sealed]:
    """Seal every posting that is not sealed yet; returns the new blocks. ``sealed_at``: microseconds UTC."""
    made = []
    with transaction.atomic(), database.cursor() as run:
        # whoever holds the clock writes; once we have it, every position before is committed
        database.lock_clock(company_id)
        run.execute(
            "SELECT last_posting, encode(digest, 'hex') FROM seal WHERE company_id = %s ORDER BY last_posting DESC LIMIT 1",
            (company_id,),
        )
        last, before = run.fetchone() or (0, "")
        while (block := _next_block(company_id, last)) is not None:
            sealed = Sealed(*block, _digest(company_id, *block, before))
            run.execute(
                "INSERT INTO seal (company_id, first_posting, last_posting, digest, sealed_at)"
                " VALUES (%s, %s, %s, decode(%s, 'hex'), %s)",
                (company_id, sealed.first, sealed.last, sealed.digest, sealed_at),
            )
            last, before = sealed.last, sealed.digest
            made.append(sealed)
    return made


def broken_seals(company_id: int) -> Iterator[Sealed]:
    """The blocks whose rows are not what was sealed, in order."""
    with database.cursor() as run:
        run.execute(
            "SELECT first_posting, last_posting, encode(digest, 'hex') FROM seal WHERE company_id = %s ORDER BY last_posting",
            (company_id,),
        )
        before, reached = "", 0
        for block in map(Sealed._make, run.fetchall()):
            gap = _next_block(company_id, reached)
            whole = gap is not None and gap[0] == block.first
            if not whole or _digest(company_id, block.first, block.last, before) != block.digest:
                yield block
            before, reached = block.digest, block.last


def _next_block(company_id: int, after: int) -> tuple[int, int] | None:
    with database.cursor() as run:
        run.execute(
            "SELECT min(id), max(id) FROM (SELECT id FROM posting WHERE company_id = %s AND id > %s ORDER BY id LIMIT %s) p",
            (company_id, after, BLOCK),
        )
        row = run.fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])


def _digest(company_id: int, first: int, last: int, before: str) -> str:
    with database.cursor() as run:
        run.execute("SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'")
        run.execute(_ROWS, {"company": company_id, "first": first, "last": last})
        row = run.fetchone()
    assert row is not None
    return hashlib.sha256(f"{before}{row[0]}".encode()).hexdigest()
