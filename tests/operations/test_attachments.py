"""Notes and files of a document."""

import hashlib
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.operations.documents import models, queries
from everstock.operations.documents.actions import add_note, attach
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from tests.operations.buying import NOW, Buying
from tests.operations.unchanged import everything


def test_notes_and_files(buying: Buying) -> None:
    order = buying.order()
    note = add_note(buying.boss, document=order.id, text="Call first", recorded_at=NOW)
    file = attach(
        buying.actor(Permission.PURCHASE_READ),
        document=order.id,
        name="a.pdf",
        media_type="application/pdf",
        content=b"\0pdf",
        recorded_at=NOW + 1,
    )
    assert queries.notes(buying.company.pk, order.id) == [(note, NOW, None, "Call first")]
    sha256 = hashlib.sha256(b"\0pdf").hexdigest()
    assert queries.attachments(buying.company.pk, order.id) == [
        (file, NOW + 1, 7, "a.pdf", "application/pdf", 4, sha256)
    ]
    assert queries.attachment_content(buying.company.pk, file) == b"\0pdf"
    assert queries.attachment_content(buying.company.pk + 1, file) is None
    assert not queries.notes(buying.company.pk + 1, order.id)
    done_ = AuditEvent.objects.filter(subject=order.number).order_by("id").values_list("action", flat=True)
    assert list(done_) == ["purchase_order.create", "purchase_order.note", "purchase_order.attach"]


@pytest.mark.parametrize(
    "code, verb, more",
    [
        ("document.unknown", add_note, {"document": 10**9, "text": "x"}),
        ("text.invalid", add_note, {"text": " "}),
        ("text.invalid", add_note, {"text": "x" * 2001}),
        ("text.invalid", add_note, {"text": "a\0b"}),
        ("text.invalid", add_note, {"text": "a\ud800b"}),
        ("document.unknown", attach, {"document": 10**9}),
        ("text.invalid", attach, {"name": " "}),
        ("text.invalid", attach, {"media_type": ""}),
        ("text.invalid", attach, {"name": "x" * 201}),
        ("attachment.size", attach, {"content": b""}),
        ("attachment.size", attach, {"content": bytes(models.ATTACHMENT_LIMIT + 1)}),
    ],
)
def test_what_cannot_be_attached(buying: Buying, code: str, verb: Any, more: dict[str, Any]) -> None:
    order = buying.order()
    before = everything()
    usual: dict[str, Any] = {"name": "a", "media_type": "text/plain", "content": b"x"} if verb is attach else {}
    with pytest.raises(Refusal) as refused:
        verb(buying.boss, **{"document": order.id, "recorded_at": NOW, **usual, **more})
    assert refused.value.code == code
    assert everything() == before
