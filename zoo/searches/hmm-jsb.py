"""What `kerasgen tune hmm-jsb` tries: the number of states, and how far rare frames and steps are smoothed."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={
        "states": Choice(100, 200, 300, 400),
        "smoothing": Choice(0.5, 1.0, 1.5, 2.0, 4.0),
        "transition_smoothing": Choice(0.02, 0.05, 0.1, 0.2),
    },
    epochs=20,
    trials=16,
)
