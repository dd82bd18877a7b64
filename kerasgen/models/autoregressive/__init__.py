"""Images pixel by pixel: exact likelihoods as products of conditionals."""
