"""Everstock: perpetual inventory accounting."""
