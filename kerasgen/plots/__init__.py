"""Pictures of what models make: arrays in, PNG files or uint8 arrays out. No display is needed."""

from kerasgen.plots.grid import image_grid, save_grid

__all__ = ["image_grid", "save_grid"]
