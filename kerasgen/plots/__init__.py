"""Pictures of what models make: arrays in, files or uint8 arrays out. No display is needed."""

from kerasgen.plots.animation import save_animation
from kerasgen.plots.attention import attention_images
from kerasgen.plots.grid import image_grid, save_grid
from kerasgen.plots.matrix import save_matrix
from kerasgen.plots.memory import memory_image
from kerasgen.plots.parallel import Axis, save_parallel_coordinates
from kerasgen.plots.projector import save_projector

__all__ = [
    "Axis",
    "attention_images",
    "image_grid",
    "memory_image",
    "save_animation",
    "save_grid",
    "save_matrix",
    "save_parallel_coordinates",
    "save_projector",
]
