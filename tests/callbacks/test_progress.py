"""What a training shows of its progress where there is no terminal."""

import pytest

from kerasgen.callbacks.progress import ProgressBar


@pytest.mark.parametrize("lines", [True, False])
def test_a_line_for_each_epoch_or_nothing(capsys, lines):
    bar = ProgressBar(steps_per_epoch=2, epochs=3, lines=lines)
    bar.on_epoch_begin(0)
    bar.on_train_batch_end(0, {"loss": 2.0})
    bar.on_epoch_end(0, {"loss": 1.5, "val_nats": 0.25})
    bar.on_train_end()
    assert capsys.readouterr() == ("", "epoch 1/3  loss 1.5  val_nats 0.25\n" if lines else "")
