"""Tables of facts as lines to post, and what came of them."""

import datetime as dt
from typing import Any

from django.db import connection, transaction

from everstock.core.facts import DAY, Method, Policy
from everstock.core.problems import Refusal
from everstock.ledger.lines import Document, Line
from everstock.ledger.post import post
from everstock.ledger.verify import verify
from tests.core import story
from tests.core.strategies import BRANCH, CONSIGNMENT, FIRST_BIN, SECOND_BIN, TRANSIT, History, Places
from tests.ledger.places import Shop

PLACE = {"A": FIRST_BIN, "B": SECOND_BIN, "D": BRANCH, "T": TRANSIT, "C": CONSIGNMENT}
TODAY = (dt.date(2026, 3, 10) - dt.date(1970, 1, 1)).days * DAY


def fifo_shop() -> Shop:
    """A company without anything in it."""
    return Shop(History([], Policy(Method.FIFO), Places()), negative_stock=False)


def lines(shop: Shop, text: str) -> list[Line]:
    """The lines of a table: #, when, event (see ``story``)."""
    told = story.Story(Policy(Method.FIFO), {})
    for _, when, event, *_ in story.rows(text):
        told.add(when, event)
    found = []
    for fact in told.facts:
        source, target = (None if at is None else PLACE[chr(at)] for at in (fact.source, fact.target))
        found.append(shop.line(fact._replace(source=source, target=target)))
    return found


def document(*some: Line, recorded_at: int = TODAY) -> Document:
    return Document(recorded_at, some, "test")


def outcome(shop: Shop, *some: Line, recorded_at: int = TODAY) -> str:
    try:
        with transaction.atomic():  # as a caller with a transaction of its own; a test has one that goes on
            done = post(shop.company.pk, document(*some, recorded_at=recorded_at))
    except Refusal as refusal:
        return refusal.code
    return "ok" if done.lines == len(some) else f"{done.lines} posted, {done.repeated} repeated"


def select(question: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def lawful(shop: Shop) -> None:
    assert verify(shop.company.pk).violations == []
