"""Tax codes: what is set, what is refused, and the tax that is charged."""

from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.operations.documents.actions import set_tax_code
from everstock.operations.documents.taxes import TaxKind, charged
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from tests.operations.buying import NOW, Buying
from tests.operations.unchanged import everything


@pytest.mark.parametrize(
    "code, more",
    [
        ("code.invalid", {"code": " "}),
        ("tax.rate", {"rate": -1}),
        ("tax.rate", {"rate": 1_000_001}),
        ("tax.rate", {"kind": TaxKind.EXEMPT}),
        ("tax.account", {"input_account": None}),
        ("tax.account", {"kind": TaxKind.REVERSE_CHARGE}),
        ("tax.account", {"output_account": 10**8}),
    ],
)
def test_a_tax_code_that_cannot_be(buying: Buying, code: str, more: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "code": "T",
        "rate": 1,
        "kind": TaxKind.STANDARD,
        "input_account": buying.account,
        "recorded_at": NOW,
    }
    before = everything()
    with pytest.raises(Refusal) as refused:
        set_tax_code(buying.boss, **{**usual, **more})
    assert refused.value.code == code
    with pytest.raises(Refusal, match="Ann may not change accounts"):
        set_tax_code(buying.actor(Permission.SUPPLIER_CHANGE), **usual)
    assert everything() == before


def test_a_tax_code_changes(buying: Buying) -> None:
    usual: dict[str, Any] = {"kind": TaxKind.NON_RECOVERABLE, "recorded_at": NOW}
    made = set_tax_code(buying.boss, code="T", rate=1, **usual)
    assert set_tax_code(buying.boss, code="T", rate=2, name="Tax", **usual).pk == made.pk
    last = AuditEvent.objects.filter(action="tax_code.set", subject="T").latest("id")
    assert last.before is not None
    assert last.after is not None
    assert (last.before["rate"], last.after["rate"]) == (1, 2)


# --- arithmetic


@pytest.mark.parametrize(
    "kind, expected", [*((kind, 3) for kind in TaxKind if kind != "reverse_charge"), ("reverse_charge", 0)]
)
def test_tax_that_is_charged(kind: str, expected: int) -> None:
    assert charged(13, 200_000, kind) == expected
