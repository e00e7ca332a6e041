"""What commands that do something have in common: who acts, when, under which key, and what is said afterwards."""

import datetime as dt
import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from everstock.core.problems import Refusal
from everstock.interfaces.cli.output import say, warn
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, RATE, WEEKDAYS

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.records import DocumentRef
    from everstock.operations.documents.requests import Key

_F = TypeVar("_F", bound=Callable[..., object])
_T = TypeVar("_T")
_D = TypeVar("_D")
CAME_FROM = "command line"


def as_option(command: _F) -> _F:
    """Give a command ``--as``, passed to it as ``as_``."""
    text = "Who does it: a user of the company. Default: the owner of the data, who may do everything."
    return click.option("--as", "as_", metavar="USER", help=text)(command)


def day_option(text: str, name: str = "--day") -> Callable[[_F], _F]:
    """Give a command a day, passed to it as ``day``; today if it is left out."""
    return click.option(name, "day", type=DAY, metavar="DATE", default=today, show_default="today", help=text)


def key_option(command: _F) -> _F:
    """Give a command ``--key``, passed to it as ``key``: a ``Key`` of what was typed."""
    text = (
        "Name of this request, at most once for each document to make: the same command with the same key again makes nothing and "
        "answers with the document it made the first time."
    )

    @functools.wraps(command)
    def keyed(*args: Any, key: str | None, **given: Any) -> object:
        return command(*args, key=None if key is None else _typed(key), **given)

    return click.option("--key", metavar="TEXT", help=text)(cast("_F", keyed))


def making_options(command: _F) -> _F:
    """Give a command that makes a document ``--as``, ``--key`` and ``--quiet``."""
    options = click.option("--quiet", "-q", is_flag=True, help="Print the number of the document and nothing else.")
    return as_option(key_option(options(command)))


_NOT_CONTENT = frozenset(["key", "quiet"])
"""What of a command says nothing of the document to make. Who asks does: an answer is for whoever was allowed to make it."""


def _typed(key: str) -> "Key":
    """The key of the command that runs. What was left out is no content: a default, such as today, may be another one at the repeat."""
    from everstock.operations.documents.requests import Key, fingerprint

    context = click.get_current_context()
    names = {name for name in context.params if context.get_parameter_source(name) is not ParameterSource.DEFAULT}
    said = [(name, context.params[name]) for name in sorted(names - _NOT_CONTENT)]
    path, above = [context.info_name], context.parent
    while above is not None and above.parent is not None:
        path, above = [above.info_name, *path], above.parent
    return Key(key, fingerprint(path, said))


def repeated(
    flag: str, name: str, metavar: str, text: str, *, of: click.ParamType[Any] | None = None, required: bool = False
) -> Callable[[_F], _F]:
    """Give a command an option that may be repeated, passed to it as the tuple ``name``; ``of``: the type of each."""
    text = f"{text} May be repeated."
    return click.option(flag, name, type=of, multiple=True, required=required, metavar=metavar, help=text)


def closed_option(command: _F) -> _F:
    """Give a command ``--closed``, passed to it as ``closed_weekdays``: bits, Monday the lowest, or ``None``."""
    text = "Weekdays without work, such as sat,sun; or none."
    return click.option("--closed", "closed_weekdays", type=WEEKDAYS, metavar="DAYS", help=text)(command)


def rate_option(command: _F) -> _F:
    """Give a command ``--rate``, an exchange rate in 10^-9, or ``None``."""
    text = "Exchange rate to the company's currency; default: that of the day."
    return click.option("--rate", type=RATE, metavar="RATE", help=text)(command)


def reason_option(command: _F) -> _F:
    """Give a command ``--reason``, which must be given."""
    return click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the audit trail.")(command)


def desk(program: Program, user: str | None) -> "Desk":
    """Who acts in the company of ``--company``; refused: what ``identity.queries.actor_of`` refuses."""
    company = program.company()
    from everstock.interfaces.cli.codes import Codes, Desk
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.identity.queries import actor_of

    actor = system_actor(company.pk, CAME_FROM) if user is None else actor_of(company.pk, user, CAME_FROM)
    return Desk(actor, company, Codes(company))


def partner_desk(program: Program, user: str | None) -> "Desk":
    """Who looks at partners or their prices; refused: ``permission.missing``, what ``desk`` refuses."""
    at = desk(program, user)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission

    require(at.actor, Permission.PARTNER_READ)
    return at


def perhaps(find: Callable[[str], _T], code: str | None) -> _T | None:
    """Return what ``find`` finds under a code that was typed; ``None`` if none was."""
    return None if code is None else find(code)


def once(at: "Desk", key: "Key | None", make: "Callable[[], _D]") -> "_D | DocumentRef":
    """Make a document of what is there to do; if that is refused because the same request did it, answer with what it made."""
    try:
        return make()
    except Refusal as refusal:
        from everstock.operations.documents.queries import made_under

        allowed = not refusal.code.startswith("permission.")
        done = made_under(at.company.pk, key) if key is not None and allowed else None
        if done is None:
            raise
        return done


def now() -> int:
    """The moment of recording, in microseconds UTC."""
    return time.time_ns() // 1000


def today() -> dt.date:
    """The day of this machine's clock."""
    return dt.datetime.now().astimezone().date()


def told(at: "Desk", done: "DocumentRef", *, quiet: bool = False, further: str = "") -> None:
    """Say which document was made or moved, and how it stands now; ``further`` is what to type next."""
    for one in done.warnings:
        warn(one.words)
    if quiet:
        say(done.number)
        return
    from everstock.interfaces.cli.showing import in_short

    say(in_short(at, done.id))
    if further:
        say(f"Next: everstock {further}")
