"""Selling: customers and their terms, price lists, which price holds for whom."""
