"""Classifiers whose features and class probabilities serve the metrics."""
