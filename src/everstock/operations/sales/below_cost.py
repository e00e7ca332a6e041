"""Sale below cost: whoever sells for less than goods cost now is told so, if he may see costs. It is a warning: nothing is refused.

Who may not see costs is told nothing: the cost could be found by trying prices. The audit trail keeps the lines whoever sold them, for those who
may see costs, and the margin report shows what was earned.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from everstock.core.costing.state import share
from everstock.core.kits import explode
from everstock.core.quantities import format_money
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.records import DocumentRef, Header, Line, Warned, warned
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.facts import Facts
from everstock.operations.sales.kits import part_of

CODE = "price.below_cost"
"""Code of the warning, and in the audit trail the key of the numbers of the lines."""
REPLACES = "replaces"
"""Key in the details of an order's line: how much (base units) of goods that were billed it replaces for nothing."""


def below_cost(header: Header, lines: Iterable[Line], facts: Facts) -> tuple[Warned, ...]:
    """Return a warning, which ``told`` gives, for each of these lines whose net amount is less than its goods cost now.

    What they cost now is the value of all that is there of the item, of a kit that of its components; of an item of which nothing is
    there, nothing is known. What replaces goods that were billed is not sold again.
    """
    found = []
    for line in lines:
        if part_of(line) is not None or (not line.net and line.base_quantity <= (line.details or {}).get(REPLACES, 0)):
            continue
        quantity, value = _cost(line, facts)
        own = in_company_currency(line.net, header.currency, header.rate, facts.company_currency)
        if quantity and own * quantity < value * line.base_quantity:
            sku, cost = facts.items[line.item or 0].sku, share(value, line.base_quantity, quantity)
            words = f"Line {line.line} is sold below the cost of {sku}: it brings {_money(own, facts)} and costs {_money(cost, facts)}."
            found.append(Warned(CODE, line.line, words))
    return tuple(found)


def told(actor: Actor, done: DocumentRef, warnings: tuple[Warned, ...]) -> DocumentRef:
    """Return what a verb answers, with the warnings if ``actor`` may see costs."""
    return warned(done, warnings if actor.sees_costs else ())


def _cost(line: Line, facts: Facts) -> tuple[int, int]:
    """A quantity of what the line is about and what it costs; nothing of what nothing is known of."""
    if line.item is None or line.item not in facts.bills:
        return facts.costs.get(line.item or 0, (0, 0))
    each = Fraction(0)
    for component, quantity in explode(line.item, facts.bills).items():
        if component not in facts.costs:
            return 0, 0
        there, value = facts.costs[component]
        each += quantity * Fraction(value, there)
    return each.denominator, each.numerator


def _money(amount: int, facts: Facts) -> str:
    return f"{format_money(amount, CURRENCIES[facts.company_currency][1])} {facts.company_currency}"


def noted(warnings: Iterable[Warned]) -> Mapping[str, object]:
    """Return what the audit trail keeps of warnings: the lines, and no cost."""
    lines = [one.line for one in warnings]
    return {CODE: lines} if lines else {}
