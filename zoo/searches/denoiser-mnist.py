"""What `kerasgen tune denoiser-mnist` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"max_sigma": Choice(0.5, 0.7, 1.0)},
    objective=("psnr_gain", "max"),
    epochs=2,
    examples=12_800,
)
