"""Substitutes: offered where a line is short, and delivered if the customer agrees."""

from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents.queries import notes
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.channels import Buffer, set_buffer
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.substitutes import (
    offered,
    remove_substitute,
    set_substitute,
    substitute_line,
    substitutes_of,
)
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.ordering import confirmed
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_kits import Kits
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


def replace(
    s: Selling, made: DocumentRef, quantity: int | None = None, item: str = "NUT", line: int = 1
) -> DocumentRef:
    wanted = None if quantity is None else quantity * SCALE
    given: dict[str, Any] = {"order": made.id, "line": line, "substitute": s.items[item], "quantity": wanted}
    return substitute_line(s.boss, **given, agreed="Mr Jones, by phone", day=MONDAY, recorded_at=NOW)


def test_a_short_line_is_offered_what_is_free_and_takes_it(selling: Selling) -> None:
    bolt, nut = selling.items["BOLT"], selling.items["NUT"]
    set_substitute(selling.boss, item=bolt, substitute=nut, recorded_at=NOW)
    selling.stock(4, selling.dock)
    selling.stock(5, selling.dock, "NUT")
    made = confirmed(selling, selling.line(7, "3"))
    standing = allocate(selling.boss, orders=[made.id], recorded_at=NOW)
    assert offered(selling.company.pk, standing, day=MONDAY) == [(made.id, 1, nut, 5 * SCALE)]
    refused("substitute.exceeds", lambda: replace(selling, made, 8))
    refused("substitute.unknown", lambda: replace(selling, made, 1, "OLD"))
    refused("order.line_unknown", lambda: replace(selling, made, 1, line=9))
    replace(selling, made, 3)
    lines = selling.lines(made.id)
    assert [(line.item, line.quantity // SCALE, line.net) for line in lines] == [(bolt, 4, 1200), (nut, 3, 900)]
    standing = allocate(selling.boss, orders=[made.id], recorded_at=NOW)
    assert [one.short for one in standing] == [0, 0]
    assert offered(selling.company.pk, standing, day=MONDAY) == []
    [note] = notes(selling.company.pk, made.id)
    assert note.text == "3 of line 1 replaced by NUT: Mr Jones, by phone"
    assert selling.header(made.id).version == 2
    assert prove(selling.company.pk).violations == []


def test_which_substitutes_there_are(selling: Selling) -> None:
    bolt, nut, old = (selling.items[sku] for sku in ("BOLT", "NUT", "OLD"))
    given: dict[str, Any] = {"recorded_at": NOW}
    set_substitute(selling.boss, item=bolt, substitute=nut, rank=9, both_ways=True, **given)
    set_substitute(selling.boss, item=bolt, substitute=old, rank=1, valid_from=MONDAY, valid_to=MONDAY, **given)
    assert substitutes_of([bolt, nut, old], MONDAY) == {bolt: [old, nut], nut: [bolt]}
    assert substitutes_of([bolt], MONDAY + DAY) == {bolt: [nut]}
    remove_substitute(selling.boss, item=bolt, substitute=nut, **given)
    assert substitutes_of([nut], MONDAY) == {}
    boss, nobody = selling.boss, selling.actor(Permission.ITEM_READ)
    refused("substitute.unknown", lambda: remove_substitute(boss, item=bolt, substitute=nut, **given))
    refused("substitute.same", lambda: set_substitute(boss, item=bolt, substitute=bolt, **given))
    refused("item.unknown", lambda: set_substitute(boss, item=bolt, substitute=0, **given))
    refused("terms.invalid", lambda: set_substitute(boss, item=bolt, substitute=nut, rank=-1, **given))
    refused("permission.missing", lambda: set_substitute(nobody, item=bolt, substitute=nut, **given))


def test_what_a_channel_leaves_for_others_and_parts_of_kits_are_not_offered() -> None:
    """The shop leaves three of five nuts; a bolt in a kit is replaced by nothing."""
    kits = Kits()
    bolt, nut = kits.items["BOLT"], kits.items["NUT"]
    channel = kits.channel("shop", kits.dock, kind=ChannelKind.WHOLESALE)
    set_buffer(kits.boss, channel=channel.pk, item=nut, buffer=Buffer(quantity=3 * SCALE), recorded_at=NOW)
    set_substitute(kits.boss, item=bolt, substitute=nut, recorded_at=NOW)
    kits.stock(5, kits.dock, "NUT")
    for code, free in (("shop", 1), (None, 3)):
        made = confirmed(kits, kits.line(1, "3"), kits.line(1, "3", "SET"), channel=code)
        standing = allocate(kits.boss, orders=[made.id], recorded_at=NOW)
        assert [(one.item, one.kit) for one in standing if one.short] == [(bolt, None), (bolt, 2)]
        assert offered(kits.company.pk, standing, day=MONDAY, recorded_at=NOW) == [(made.id, 1, nut, free * SCALE)]
