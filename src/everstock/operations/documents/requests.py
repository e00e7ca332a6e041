"""Idempotency: the same request twice makes one document.

A verb that makes a document takes a key from its caller. The read tells whether the key was used before; if with the same content,
the verb answers with the document it made then, and does nothing. Two at the same moment meet at the write, where one finds the other's row.
"""

import functools
import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec, Self

from everstock.core.problems import Refusal
from everstock.ledger.statements import flush
from everstock.operations.documents.records import DocumentRef

P = ParamSpec("P")
KEY_LENGTH = 200


class Key(str):
    """A key whose caller says what the content of the request is (``content``, see ``fingerprint``): what somebody typed, or sent.

    What a command makes of it, such as all that is open, may be something else by the time it is repeated. A plain string leaves it to
    the verb: the content is then what the verb was asked for.
    """

    __slots__ = ("content",)

    content: int

    def __new__(cls, text: str, content: int) -> Self:
        key = super().__new__(cls, text)
        key.content = content
        return key


class Repeated(Exception):
    """The request was carried out before, and made ``document``; the transaction is rolled back and the verb answers with it."""

    def __init__(self, document: DocumentRef) -> None:
        super().__init__(document.number)
        self.document = document


def fingerprint(*asked: object) -> int:
    """Return 63 bits that identify what was asked for: the values' ``repr``, so pass plain values and named tuples."""
    return int.from_bytes(hashlib.blake2b(repr(asked).encode(), digest_size=8).digest()) >> 1


def content_of(key: str | None, content: int) -> int:
    """Return what identifies the content of a request: what its key says, else ``content``, of what the verb was asked for."""
    return key.content if isinstance(key, Key) else content


def key_of_part(key: str, part: str) -> str:
    """Return the key of one of several documents that a request makes."""
    own = f"{key}/{part}"
    return Key(own, key.content) if isinstance(key, Key) else own


def answered(request: list[Any] | None, key: str | None, content: int) -> None:
    """Raise ``Repeated`` if the request was carried out before with this content, ``Refusal`` (``request.other_content``) if with another.

    ``request`` is what a read or a write found under ``key``: content, id, number and state, or ``None``.
    """
    if key is not None and not 0 < len(key) <= KEY_LENGTH:
        raise Refusal(
            "request.key",
            "The key of a request is empty or too long.",
            f"Use 1 to {KEY_LENGTH} characters, such as a UUID.",
        )
    if request is None:
        return
    if request[0] != content_of(key, content):
        raise Refusal(
            "request.other_content",
            f"The key “{key}” was used for another request, which made {request[2]}.",
            "Use a new key for every new request.",
        )
    raise Repeated(DocumentRef(*request[1:]))


def answers_repeats(verb: Callable[P, DocumentRef]) -> Callable[P, DocumentRef]:
    """Let a verb answer with the document that the same request made before. Outside ``transaction.atomic``, so that it rolls back."""

    @functools.wraps(verb)
    def answer(*args: P.args, **kwargs: P.kwargs) -> DocumentRef:
        try:
            return verb(*args, **kwargs)
        except Repeated as repeated:
            flush()  # whoever made it may still be waiting for the disk
            return repeated.document

    return answer
