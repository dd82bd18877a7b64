"""Classifiers whose features and opinions serve the metrics."""
