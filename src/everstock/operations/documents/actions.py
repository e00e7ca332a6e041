"""Verbs on any document: notes and attachments; and the tax codes that lines name."""

import hashlib

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import Account
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind, reading
from everstock.operations.documents.models import ATTACHMENT_LIMIT, Attachment, Document, Note, TaxCode
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission


@transaction.atomic
def add_note(actor: Actor, *, document: int, text: str, recorded_at: int) -> int:
    """Write a note about a document; return its id. Whoever sees the document may: notes change nothing.

    Refused: ``permission.missing``, ``document.unknown``, ``text.invalid`` (empty, longer than 2,000 characters, no text).
    """
    found = _document(actor, document)
    if not text.strip():
        raise Refusal("text.invalid", "The note is empty.", "Write something.")
    note = Note.objects.create(document=found, at=recorded_at, user=actor.user_id, text=check_text(text, "note"))
    _record(actor, found, "note", recorded_at, {"note": note.pk})
    return note.pk


@transaction.atomic
def attach(actor: Actor, *, document: int, name: str, media_type: str, content: bytes, recorded_at: int) -> int:
    """Attach a file of at most 20 MB to a document; return its id. Whoever sees the document may.

    Refused: ``permission.missing``, ``document.unknown``, ``text.invalid`` (a name or media type that cannot be), ``attachment.size`` (empty or too large).
    """
    found = _document(actor, document)
    if not name.strip() or not media_type.strip():
        raise Refusal("text.invalid", "The file has no name or no media type.", "Name it, such as invoice.pdf.")
    if not 0 < len(content) <= ATTACHMENT_LIMIT:
        raise Refusal(
            "attachment.size",
            f"The file {name} is empty or larger than {ATTACHMENT_LIMIT // 1024 // 1024} MB.",
            "Attach a smaller one.",
        )
    digest = hashlib.sha256(content)
    row = Attachment.objects.create(
        document=found,
        at=recorded_at,
        user=actor.user_id,
        name=check_text(name, "name of the file", 200),
        media_type=check_text(media_type, "media type", 100),
        sha256=digest.digest(),
        content=content,
    )
    _record(actor, found, "attach", recorded_at, {"attachment": row.pk, "name": name, "sha256": digest.hexdigest()})
    return row.pk


def _document(actor: Actor, document: int) -> Document:
    found = Document.objects.filter(company_id=actor.company_id, pk=document).first()
    if found is None:
        raise Refusal("document.unknown", "There is no such document in this company.", "Look it up in the lists.")
    require(actor, reading(DocumentKind(found.kind)))
    return found


def _record(actor: Actor, document: Document, verb: str, recorded_at: int, after: dict[str, object]) -> None:
    row = event(
        actor,
        at=recorded_at,
        action=f"{document.kind}.{verb}",
        subject_kind=document.kind,
        subject=document.number,
        subject_id=document.pk,
        after=after,
    )
    record([row])


@transaction.atomic
def set_tax_code(
    actor: Actor,
    *,
    code: str,
    rate: int,
    kind: TaxKind,
    recorded_at: int,
    name: str = "",
    input_account: int | None = None,
    output_account: int | None = None,
    active: bool = True,
) -> TaxCode:
    """Create a tax code or change what it is; documents keep the tax they have. ``rate`` in 10^-6; accounts by id.

    Refused: ``permission.missing``, ``code.invalid``, ``tax.rate`` (not from 0 to 1, or a rate on an exempt code), ``tax.account``
    (standard tax needs an input account, reverse charge both; or an account of another company).
    """
    require(actor, Permission.ACCOUNT_CHANGE)
    refuse_bad_code(code, "tax")
    if not 0 <= rate <= SCALE or (kind is TaxKind.EXEMPT and rate):
        raise Refusal(
            "tax.rate", "The rate is not between 0 and 100 %, or a rate on an exempt code.", "Correct the rate."
        )
    accounts = {account for account in (input_account, output_account) if account is not None}
    known = Account.objects.filter(company_id=actor.company_id, pk__in=accounts, active=True).count()
    needs_input = kind in {TaxKind.STANDARD, TaxKind.REVERSE_CHARGE}
    if (
        known < len(accounts)
        or (needs_input and input_account is None)
        or (kind is TaxKind.REVERSE_CHARGE and output_account is None)
    ):
        raise Refusal(
            "tax.account",
            "An account of the tax code is missing, inactive or of another company.",
            "Name an input account, and for reverse charge an output account too.",
        )
    wanted = {
        "name": check_text(name, "name", 200),
        "rate": rate,
        "kind": kind.value,
        "input_account_id": input_account,
        "output_account_id": output_account,
        "active": active,
    }
    old = TaxCode.objects.filter(company_id=actor.company_id, code=code).first()
    before = None if old is None else {field: getattr(old, field) for field in wanted}
    row, _ = TaxCode.objects.update_or_create(company_id=actor.company_id, code=code, defaults=wanted)
    said = event(
        actor,
        at=recorded_at,
        action="tax_code.set",
        subject_kind="tax_code",
        subject=code,
        subject_id=row.pk,
        before=before,
        after=wanted,
    )
    record([said])
    return row
