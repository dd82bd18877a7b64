"""What `kerasgen tune cgan-mnist` tries besides both players' learning rates and the batch size.

The Frechet distance decides, as for dcgan-mnist; a model that draws the wrong digits shows in the trials' "label_agreement".
"""

from kerasgen.tuning import LogUniform, Search

search = Search(
    space={"penalty_weight": LogUniform(0.05, 5.0), "mismatch_weight": LogUniform(0.1, 2.0)},
    objective=("frechet", "min"),
    epochs=2,
)
