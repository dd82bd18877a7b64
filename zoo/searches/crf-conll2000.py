"""What `kerasgen tune crf-conll2000` tries besides the learning rate and the batch size: the number of buckets."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"buckets": Choice(2**15, 2**16, 2**17)},
    objective=("f1", "max"),
    epochs=3,
)
