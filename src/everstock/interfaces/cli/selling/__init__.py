"""Selling at the command line: customers and price lists."""
