"""The zoo's models trained by other code: what kerasgen's speed is held against."""
