"""What `kerasgen tune vae-mnist` tries besides the learning rate and the batch size.

Found by 9 random trials in 20 minutes (vae-mnist.md): the three best have rates of 7e-4 to 1e-3 and batches of 64 or 128, one
of each number of latents. The best number, 40, is the recipe's; its rate of 1.5e-3 with a warm-up and a long decay lies
between those that did well here.
"""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"latent_dim": Choice(20, 40, 64)},
    objective=("nats", "min"),
    epochs=4,
    examples=25_000,
)
