"""Translate, make one call down, translate back."""
