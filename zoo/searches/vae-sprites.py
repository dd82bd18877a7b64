"""What `kerasgen tune vae-sprites` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(space={"latent_dim": Choice(32, 64, 128)}, objective=("bits_per_dim", "min"), epochs=3)
