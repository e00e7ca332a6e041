"""What a new company starts with: a chart of accounts, one account per posting role, the virtual locations, a unit."""

from everstock.core.posting import LocationKind, Role
from everstock.masterdata.models import AccountType

CHART: tuple[tuple[str, str, AccountType], ...] = (
    ("1000", "Cash on Hand", AccountType.ASSET),
    ("1010", "Bank", AccountType.ASSET),
    ("1100", "Accounts Receivable", AccountType.ASSET),
    ("1200", "Inventory", AccountType.ASSET),
    ("1210", "Raw Materials", AccountType.ASSET),
    ("1220", "Finished Goods", AccountType.ASSET),
    ("1230", "Work in Process", AccountType.ASSET),
    ("1240", "Inventory in Transit", AccountType.ASSET),
    ("1280", "Consignment Stock (memo)", AccountType.ASSET),
    ("1290", "Inventory Allowance", AccountType.ASSET),
    ("1300", "Prepaid Expenses", AccountType.ASSET),
    ("1310", "Advances to Suppliers", AccountType.ASSET),
    ("1400", "Input VAT", AccountType.ASSET),
    ("1500", "Property, Plant and Equipment", AccountType.ASSET),
    ("1590", "Accumulated Depreciation", AccountType.ASSET),
    ("2000", "Accounts Payable", AccountType.LIABILITY),
    ("2050", "Advances from Customers", AccountType.LIABILITY),
    ("2100", "Goods Received Not Invoiced", AccountType.LIABILITY),
    ("2150", "Landed Cost Clearing", AccountType.LIABILITY),
    ("2160", "Stock Transfer Clearing", AccountType.LIABILITY),
    ("2200", "Output VAT", AccountType.LIABILITY),
    ("2210", "VAT Payable", AccountType.LIABILITY),
    ("2300", "Accrued Expenses", AccountType.LIABILITY),
    ("2400", "Payroll Liabilities", AccountType.LIABILITY),
    ("2500", "Income Tax Payable", AccountType.LIABILITY),
    ("2700", "Loans Payable", AccountType.LIABILITY),
    ("3000", "Share Capital", AccountType.EQUITY),
    ("3100", "Retained Earnings", AccountType.EQUITY),
    ("3900", "Opening Balance Equity", AccountType.EQUITY),
    ("4000", "Sales Revenue", AccountType.INCOME),
    ("4100", "Sales Returns and Allowances", AccountType.INCOME),
    ("4200", "Sales Discounts", AccountType.INCOME),
    ("4800", "Stock Gains", AccountType.INCOME),
    ("4900", "Other Income", AccountType.INCOME),
    ("5000", "Cost of Goods Sold", AccountType.EXPENSE),
    ("5100", "Purchase Price Difference", AccountType.EXPENSE),
    ("5110", "Production Variance", AccountType.EXPENSE),
    ("5200", "Inventory Revaluation", AccountType.EXPENSE),
    ("5210", "Inventory Write-Down", AccountType.EXPENSE),
    ("5300", "Inventory Shrinkage", AccountType.EXPENSE),
    ("5310", "Scrap", AccountType.EXPENSE),
    ("5400", "Freight and Duties Inbound", AccountType.EXPENSE),
    ("6000", "Wages and Salaries", AccountType.EXPENSE),
    ("6100", "Rent", AccountType.EXPENSE),
    ("6200", "Utilities", AccountType.EXPENSE),
    ("6300", "Freight Outbound", AccountType.EXPENSE),
    ("6400", "Depreciation", AccountType.EXPENSE),
    ("6500", "Bank Charges", AccountType.EXPENSE),
    ("6900", "Other Operating Expenses", AccountType.EXPENSE),
    ("8000", "Exchange Gains", AccountType.INCOME),
    ("8100", "Exchange Losses", AccountType.EXPENSE),
    ("8200", "Interest Expense", AccountType.EXPENSE),
    ("8900", "Income Tax Expense", AccountType.EXPENSE),
)
"""Code, name and type of every account."""

ACCOUNT_OF: dict[Role, str] = {
    Role.INVENTORY: "1200",
    Role.IN_TRANSIT: "1240",
    Role.ALLOWANCE: "1290",
    Role.GRNI: "2100",
    Role.COGS: "5000",
    Role.SHRINKAGE: "5300",
    Role.STOCK_GAIN: "4800",
    Role.SCRAP: "5310",
    Role.WIP: "1230",
    Role.OPENING_EQUITY: "3900",
    Role.LANDED_COST: "2150",
    Role.PRICE_DIFFERENCE: "5100",
    Role.REVALUATION: "5200",
    Role.WRITE_DOWN: "5210",
    Role.TRANSFER: "2160",
    Role.CONSIGNED: "1280",
    Role.PAYABLE: "2000",
    Role.RECEIVABLE: "1100",
    Role.REVENUE: "4000",
    Role.SALES_RETURNS: "4100",
}
"""The account that plays each role where no more specific rule says otherwise."""

VIRTUAL_LOCATIONS: dict[LocationKind, tuple[str, str]] = {
    LocationKind.SUPPLIER: ("SUPPLIERS", "Suppliers"),
    LocationKind.CUSTOMER: ("CUSTOMERS", "Customers"),
    LocationKind.LOSS: ("LOSS", "Inventory loss"),
    LocationKind.SCRAP: ("SCRAP", "Scrap"),
    LocationKind.PRODUCTION: ("PRODUCTION", "Production"),
    LocationKind.OPENING: ("OPENING", "Opening balances"),
    LocationKind.TRANSIT: ("TRANSIT", "In transit"),
}
"""Code and name of the location on the other side of one-sided movements, and of the place between two places."""

DEFAULT_UNIT = ("each", "Each")
"""Code and name of the base unit of items that do not say otherwise."""
