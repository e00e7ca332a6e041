"""Buying at the command line: suppliers, purchase orders, receipts, returns, invoices, payments."""
