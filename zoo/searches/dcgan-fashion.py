"""What `kerasgen tune dcgan-fashion` tries besides both players' learning rates and the batch size: as for dcgan-mnist."""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"penalty_weight": LogUniform(0.05, 5.0)}, objective=("frechet", "min"), epochs=2)
