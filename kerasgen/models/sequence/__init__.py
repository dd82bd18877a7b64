"""Sequences with hidden structure."""
