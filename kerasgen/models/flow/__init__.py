"""Normalizing flows: invertible networks whose density is known exactly."""
