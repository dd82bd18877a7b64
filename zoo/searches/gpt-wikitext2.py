"""What `kerasgen tune gpt-wikitext2` tries besides learning rate, batch size and dropout: how far blocks look back."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"window": Choice(64, 128, 256)},
    objective=("nats", "min"),
    epochs=1,
)
