"""Buying: suppliers and their terms, purchase orders, blanket orders."""
