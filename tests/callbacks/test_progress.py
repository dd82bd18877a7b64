"""What a training shows of its progress where there is no terminal, and where there is one."""

import io
import sys

import pytest

from kerasgen.callbacks import progress
from kerasgen.callbacks.progress import ProgressBar, duration


def take(bar, epochs=2, steps=2):
    for epoch in range(epochs):
        bar.on_epoch_begin(epoch)
        for batch in range(steps):
            bar.on_train_batch_end(batch, {"loss": 2.0})
        bar.on_epoch_end(epoch, {"loss": 1.5, "val_nats": 0.25})
    bar.on_train_end()


def test_a_line_after_the_first_step_and_after_each_epoch(capsys):
    take(ProgressBar(steps_per_epoch=2, epochs=2))
    output, errors = capsys.readouterr()
    first, second, third = errors.splitlines()
    assert output == "" and first == "epoch 1/2  step 1/2  loss 2.000"
    assert second == "epoch 1/2  loss 1.5  val_nats 0.25  about 0 s left"
    assert third.startswith("epoch 2/2  loss 1.5  val_nats 0.25")


def test_a_search_shows_nothing_of_short_trials_and_a_line_now_and_then_of_long_ones(capsys, monkeypatch):
    take(ProgressBar(steps_per_epoch=2, epochs=2, lines=False))
    assert capsys.readouterr() == ("", "")
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    take(ProgressBar(steps_per_epoch=100, epochs=2, lines=False), epochs=1, steps=6)
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 3 and lines[0].startswith("epoch 1/2  step ") and lines[0].endswith(" left")


def test_a_terminal_has_a_bar_before_the_first_step_is_done(monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    bar = ProgressBar(steps_per_epoch=2, epochs=2)
    bar.on_epoch_begin(0)
    bar.stop()
    assert "epoch 1/2  the first step is being compiled" in screen.getvalue() and "left" in screen.getvalue()
    bar.stop()  # twice does no harm


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (3 * 3600, "3.0 h")])
def test_durations(seconds, words):
    assert duration(seconds) == words
