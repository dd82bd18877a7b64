"""Networks that learn features of images without labels."""
