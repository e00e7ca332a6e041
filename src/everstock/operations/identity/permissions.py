"""What may be done, and which role may do it. Both tables are total: every permission has words, every role a set."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a user may do or not. The value is stored and shown to other systems; it never changes its meaning."""

    ITEM_READ = "item.read"
    PARTNER_READ = "partner.read"
    PURCHASE_READ = "purchase.read"
    SALE_READ = "sale.read"
    COST_SEE = "cost.see"
    JOURNAL_READ = "journal.read"
    REPORT_READ = "report.read"
    AUDIT_READ = "audit.read"
    VERIFY_RUN = "verify.run"

    ITEM_CHANGE = "item.change"
    LOCATION_CHANGE = "location.change"
    SUPPLIER_CHANGE = "supplier.change"
    CUSTOMER_CHANGE = "customer.change"
    PRICE_CHANGE = "price.change"
    CHANNEL_CHANGE = "channel.change"
    ACCOUNT_CHANGE = "account.change"
    RATE_CHANGE = "rate.change"

    PURCHASE_ORDER_CREATE = "purchase_order.create"
    PURCHASE_ORDER_CHANGE = "purchase_order.change"
    PURCHASE_ORDER_APPROVE = "purchase_order.approve"
    PURCHASE_ORDER_SEND = "purchase_order.send"
    PURCHASE_ORDER_CANCEL = "purchase_order.cancel"
    PURCHASE_ORDER_CLOSE = "purchase_order.close"
    RECEIPT_POST = "receipt.post"
    RECEIPT_OVER_TOLERANCE = "receipt.over_tolerance"
    QUALITY_RELEASE = "quality.release"
    SUPPLIER_RETURN_POST = "supplier_return.post"
    SUPPLIER_INVOICE_POST = "supplier_invoice.post"
    SUPPLIER_INVOICE_APPROVE_MISMATCH = "supplier_invoice.approve_mismatch"
    LANDED_COST_POST = "landed_cost.post"
    GRNI_CLEAR = "grni.clear"

    QUOTE_CREATE = "quote.create"
    SALES_ORDER_CREATE = "sales_order.create"
    SALES_ORDER_CHANGE = "sales_order.change"
    SALES_ORDER_CONFIRM = "sales_order.confirm"
    SALES_ORDER_CANCEL = "sales_order.cancel"
    SALES_ORDER_CLOSE = "sales_order.close"
    STOCK_HOLD = "stock.hold"
    STOCK_REALLOCATE = "stock.reallocate"
    TILL_SELL = "till.sell"
    TILL_RETURN = "till.return"
    PRICE_OVERRIDE = "price.override"
    CREDIT_OVERRIDE = "credit.override"
    SHIPMENT_POST = "shipment.post"
    SALES_RETURN_APPROVE = "sales_return.approve"
    SALES_RETURN_POST = "sales_return.post"
    CUSTOMER_INVOICE_POST = "customer_invoice.post"
    SELLING_COST_POST = "selling_cost.post"
    PAYMENT_REGISTER = "payment.register"
    RECEIVABLE_WRITE_OFF = "receivable.write_off"
    DUNNING_REGISTER = "dunning.register"

    TRANSFER_POST = "transfer.post"
    ADJUSTMENT_POST = "adjustment.post"
    COUNT_ENTER = "count.enter"
    COUNT_APPROVE = "count.approve"
    PRODUCTION_PLAN = "production.plan"
    PRODUCTION_POST = "production.post"
    REPLENISHMENT_PLAN = "replenishment.plan"

    JOURNAL_POST = "journal.post"
    VALUE_CHANGE = "value.change"
    MOVEMENT_REVERSE = "movement.reverse"
    PERIOD_LOCK = "period.lock"
    PERIOD_UNLOCK = "period.unlock"

    IMPORT_RUN = "import.run"
    INTEGRATION_MANAGE = "integration.manage"
    SETTINGS_CHANGE = "settings.change"
    USER_MANAGE = "user.manage"


class Role(StrEnum):
    """A set of permissions that a user has in a company. A user may have several."""

    WAREHOUSE_WORKER = "warehouse_worker"
    BUYER = "buyer"
    SELLER = "seller"
    ACCOUNTANT = "accountant"
    MANAGER = "manager"
    AUDITOR = "auditor"
    INTEGRATION = "integration"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """The role as it is called in a sentence: "warehouse worker"."""
        return self.value.replace("_", " ")


P = Permission

WORDS: Mapping[Permission, str] = {
    P.ITEM_READ: "see items, places and stock",
    P.PARTNER_READ: "see suppliers and customers",
    P.PURCHASE_READ: "see purchasing documents",
    P.SALE_READ: "see selling documents",
    P.COST_SEE: "see costs and values",
    P.JOURNAL_READ: "see accounts and the journal",
    P.REPORT_READ: "see reports",
    P.AUDIT_READ: "see the audit trail",
    P.VERIFY_RUN: "verify the books",
    P.ITEM_CHANGE: "change items, units and barcodes",
    P.LOCATION_CHANGE: "change locations",
    P.SUPPLIER_CHANGE: "change suppliers and their prices",
    P.CUSTOMER_CHANGE: "change customers",
    P.PRICE_CHANGE: "change selling prices",
    P.CHANNEL_CHANGE: "change sales channels, their buffers and safety stock",
    P.ACCOUNT_CHANGE: "change accounts, posting rules and tax codes",
    P.RATE_CHANGE: "change exchange rates",
    P.PURCHASE_ORDER_CREATE: "create purchase orders",
    P.PURCHASE_ORDER_CHANGE: "change purchase orders",
    P.PURCHASE_ORDER_APPROVE: "approve purchase orders",
    P.PURCHASE_ORDER_SEND: "send purchase orders",
    P.PURCHASE_ORDER_CANCEL: "cancel purchase orders",
    P.PURCHASE_ORDER_CLOSE: "close purchase orders",
    P.RECEIPT_POST: "receive goods",
    P.RECEIPT_OVER_TOLERANCE: "receive more or less than the tolerance allows",
    P.QUALITY_RELEASE: "release or reject goods in quality control",
    P.SUPPLIER_RETURN_POST: "return goods to suppliers",
    P.SUPPLIER_INVOICE_POST: "post supplier invoices",
    P.SUPPLIER_INVOICE_APPROVE_MISMATCH: "approve supplier invoices that differ from order or receipt",
    P.LANDED_COST_POST: "post landed costs",
    P.GRNI_CLEAR: "clear what was received and will not be invoiced",
    P.QUOTE_CREATE: "create quotes",
    P.SALES_ORDER_CREATE: "create sales orders",
    P.SALES_ORDER_CHANGE: "change sales orders",
    P.SALES_ORDER_CONFIRM: "confirm sales orders",
    P.SALES_ORDER_CANCEL: "cancel sales orders",
    P.SALES_ORDER_CLOSE: "close sales orders",
    P.STOCK_HOLD: "hold stock for carts and quotes",
    P.STOCK_REALLOCATE: "take what is reserved from one order for another",
    P.TILL_SELL: "sell at a point of sale",
    P.TILL_RETURN: "take goods back and pay out at a point of sale",
    P.PRICE_OVERRIDE: "sell below the allowed price",
    P.CREDIT_OVERRIDE: "sell above a customer's credit limit or to one on hold",
    P.SHIPMENT_POST: "ship goods",
    P.SALES_RETURN_APPROVE: "allow customers to send goods back",
    P.SALES_RETURN_POST: "take goods back from customers",
    P.CUSTOMER_INVOICE_POST: "post customer invoices",
    P.SELLING_COST_POST: "say which freight and fees belong to sales",
    P.PAYMENT_REGISTER: "register payments",
    P.RECEIVABLE_WRITE_OFF: "write off what customers owe",
    P.DUNNING_REGISTER: "register reminders and disputes",
    P.TRANSFER_POST: "transfer goods between places",
    P.ADJUSTMENT_POST: "adjust stock and post waste",
    P.COUNT_ENTER: "enter counts",
    P.COUNT_APPROVE: "approve the differences of counts",
    P.PRODUCTION_PLAN: "plan production",
    P.PRODUCTION_POST: "post production",
    P.REPLENISHMENT_PLAN: "plan replenishment",
    P.JOURNAL_POST: "post journal entries",
    P.VALUE_CHANGE: "revalue stock and write it down",
    P.MOVEMENT_REVERSE: "reverse movements",
    P.PERIOD_LOCK: "lock periods",
    P.PERIOD_UNLOCK: "unlock periods",
    P.IMPORT_RUN: "import files",
    P.INTEGRATION_MANAGE: "manage connections to other systems",
    P.SETTINGS_CHANGE: "change the settings of the company",
    P.USER_MANAGE: "manage users",
}
"""Every permission as the end of a sentence that begins "may" or "may not"."""

LIMITED: frozenset[Permission] = frozenset(
    {
        P.PURCHASE_ORDER_APPROVE,
        P.SUPPLIER_INVOICE_APPROVE_MISMATCH,
        P.GRNI_CLEAR,
        P.PRICE_OVERRIDE,
        P.CREDIT_OVERRIDE,
        P.RECEIVABLE_WRITE_OFF,
        P.COUNT_APPROVE,
    }
)
"""The permissions that go up to an amount, set for each company and role; where none is set, nothing may be approved."""

_READ = frozenset({P.ITEM_READ, P.PARTNER_READ, P.PURCHASE_READ, P.SALE_READ, P.REPORT_READ})
_READ_BOOKS = _READ | {P.COST_SEE, P.JOURNAL_READ, P.VERIFY_RUN}
_ADMINISTRATION = frozenset({P.INTEGRATION_MANAGE, P.SETTINGS_CHANGE, P.USER_MANAGE})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    # Handles goods and sees documents without money: what stock costs is nobody's business on the floor.
    Role.WAREHOUSE_WORKER: frozenset(
        {
            *(P.ITEM_READ, P.PURCHASE_READ, P.SALE_READ),
            *(P.RECEIPT_POST, P.SUPPLIER_RETURN_POST, P.SHIPMENT_POST, P.SALES_RETURN_POST),
            *(P.TRANSFER_POST, P.COUNT_ENTER, P.PRODUCTION_POST),
        }
    ),
    # Orders, but neither receives nor posts the invoice: three hands on every purchase.
    Role.BUYER: _READ
    | {
        *(P.COST_SEE, P.ITEM_CHANGE, P.SUPPLIER_CHANGE, P.PURCHASE_ORDER_CREATE, P.PURCHASE_ORDER_CHANGE),
        *(P.PURCHASE_ORDER_APPROVE, P.PURCHASE_ORDER_SEND, P.PURCHASE_ORDER_CANCEL, P.PURCHASE_ORDER_CLOSE),
        *(P.SUPPLIER_RETURN_POST, P.PRODUCTION_PLAN, P.REPLENISHMENT_PLAN),
    },
    Role.SELLER: _READ - {P.PURCHASE_READ}
    | {
        *(P.CUSTOMER_CHANGE, P.QUOTE_CREATE, P.SALES_ORDER_CREATE, P.SALES_ORDER_CHANGE, P.SALES_ORDER_CONFIRM),
        *(P.SALES_ORDER_CANCEL, P.SALES_ORDER_CLOSE, P.PRICE_OVERRIDE, P.STOCK_HOLD, P.TILL_SELL),
        *(P.TILL_RETURN, P.SALES_RETURN_APPROVE),
    },
    # Keeps the books, but orders nothing, moves no goods, and does not approve what differs.
    Role.ACCOUNTANT: _READ_BOOKS
    | {
        *(P.SUPPLIER_CHANGE, P.CUSTOMER_CHANGE, P.ACCOUNT_CHANGE, P.RATE_CHANGE, P.IMPORT_RUN),
        *(P.SUPPLIER_INVOICE_POST, P.LANDED_COST_POST, P.GRNI_CLEAR, P.CUSTOMER_INVOICE_POST, P.PAYMENT_REGISTER),
        *(P.SELLING_COST_POST, P.RECEIVABLE_WRITE_OFF, P.DUNNING_REGISTER),
        *(P.JOURNAL_POST, P.VALUE_CHANGE, P.MOVEMENT_REVERSE, P.PERIOD_LOCK),
    },
    # Runs the business: everything but who may do what.
    Role.MANAGER: frozenset(Permission) - _ADMINISTRATION,
    # Sees everything and changes nothing.
    Role.AUDITOR: _READ_BOOKS | {P.AUDIT_READ},
    # Another system, such as a shop: brings orders and reports what was moved, approves nothing.
    Role.INTEGRATION: _READ
    | {
        *(P.ITEM_CHANGE, P.CUSTOMER_CHANGE, P.PRICE_CHANGE, P.PURCHASE_ORDER_CREATE, P.RECEIPT_POST),
        *(P.SALES_ORDER_CREATE, P.SALES_ORDER_CHANGE, P.SALES_ORDER_CONFIRM, P.SALES_ORDER_CANCEL),
        *(P.SHIPMENT_POST, P.SALES_RETURN_POST, P.TRANSFER_POST, P.COUNT_ENTER, P.STOCK_HOLD, P.TILL_SELL),
        *(P.TILL_RETURN, P.SALES_RETURN_APPROVE),
    },
    # Says who may do what, and so does nothing else.
    Role.ADMINISTRATOR: _ADMINISTRATION | {P.ITEM_READ, P.AUDIT_READ},
}


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that have ``permission``, in the order of ``Role``."""
    return [role for role in Role if permission in ROLE_PERMISSIONS[role]]
