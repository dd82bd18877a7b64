"""What `kerasgen tune gmm-mnist` tries."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"components": Choice(10, 20, 40, 64), "rank": Choice(2, 4, 8), "min_variance": Choice(1e-5, 3e-5, 1e-4, 1e-3)},
    objective=("bits_per_dim", "min"),
    epochs=4,
    examples=10_000,
)
