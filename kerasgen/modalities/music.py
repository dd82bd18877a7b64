"""Music as piano rolls: uint8 (frames, 88) of 0 and 1 for the keys of a piano, MIDI 21 to 108; a frame is a quarter note."""

import io

import numpy as np

from kerasgen import noise
from kerasgen.data import take, to_sequences
from kerasgen.data.ragged import count as count_examples
from kerasgen.files import write_atomically
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import check_source, complete, cut_words, plan_cut, read_arrays, require_field
from kerasgen.plots import save_grid

LOWEST, KEYS = 21, 88
PIECES = 8  # in the picture of a card
TICKS, VELOCITY = 480, 80  # of a MIDI file: steps of time a quarter note, and how hard keys are struck
REST = 4  # frames between the pieces of a file
PROBE = (16, 12, 0.04)  # pieces without sense, frames of each, share of the keys that sound


class Music(Modality):
    """Piano rolls of any lengths; fine-tuning reads .npz files with "roll" (sum of lengths, 88) and "length" (pieces,)."""

    name = "music"
    suffixes = (".mid", ".png", ".npz", ".npy")
    sources = {"npz": "an .npz file"}
    minimum = (16, 2, 2)
    aliases = {"roll": "roll", "length": "length"}
    unit = "pieces"
    caption = "piano rolls, none of them chosen: time to the right, a column a quarter note; pitch upwards"
    probe_verbs = ("log_prob",)

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """As `Modality.read`: the pieces that are held out are drawn with `seed`."""
        if drop_unknown or skip_broken:
            raise ValueError("drop_unknown and skip_broken are for texts and folders of images; this model learns from music.")
        about, splits = read_arrays(source, check_source(source, self), self)
        for field in ("roll", "length"):
            require_field(splits, field, source)
        splits = {part: {field: fields[field] for field in ("length", "roll")} for part, fields in splits.items()}
        for part, fields in splits.items():
            check_rolls(fields, f"{source}, {part}")
        missing, ends = plan_cut(splits, lambda fields: len(fields["length"]), self, str(source))
        if missing:
            order = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(len(splits["train"]["length"]))
            pieces = [take(splits["train"], np.sort(rows)) for rows in np.split(order, ends)]
            splits.update(zip(["train", *missing], pieces, strict=True))
        return complete(about, splits, cut_words(missing, f"of the pieces, drawn with seed {seed}")), []

    def fields(self, model, splits):
        for fields in splits.values():
            model.check_data(rolls(fields))
        return ("length", "roll")

    # Batches

    def batches(self, recipe, splits, model):
        """All pieces of the training split; shuffled batches of them for a model that takes them as arrays, by `batched`."""
        from kerasgen.data import Batches

        pieces = rolls(splits["train"])
        if not hasattr(model, "batched"):
            return pieces
        arrays = model.batched(pieces)
        return Batches(arrays, recipe.batch_size, seed=recipe.seed, steps_per_epoch=recipe.steps_per_epoch)

    def examples(self, part, fields, stop=None):
        return (rolls(part)[:stop],)

    # Files and cards

    def write(self, samples, path):
        if path.suffix == ".mid":
            write_atomically(path, midi(samples))
        elif path.suffix == ".png":
            save_grid(pictures(samples), path, columns=4, scale=3)
        else:
            super().write(samples, path)

    def save_samples(self, model, path, seed=0):
        path = path.with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.write(model.sample(PIECES, seed=seed), path)
        return path.name

    def snippet(self, entry):
        if "sample" in entry["capabilities"]:
            return "rolls = model.sample(4, seed=0)  # (4, quarter notes, 88): 1 where a key of the piano sounds"
        return super().snippet(entry)

    # Probes

    def probe(self, model, verb, seed):
        """Nats a frame of pieces of random keys."""
        count, length, share = PROBE
        keys = noise.uniform((length, KEYS), seed, 0, count) < share
        return getattr(model, verb)(list(keys.astype("uint8"))) / length


def rolls(part):
    """The pieces of a part of a data set: a list of arrays (frames, 88)."""
    return to_sequences(part["roll"], part["length"])


def check_rolls(fields, where):
    """Raises a ValueError unless {"roll", "length": array} are piano rolls."""
    roll, length = fields["roll"], fields["length"]
    if roll.ndim != 2 or roll.shape[1] != KEYS or roll.dtype.kind not in "iufb" or not np.all((roll == 0) | (roll == 1)):
        raise ValueError(
            f"{where}: roll must be 0 and 1, (frames, {KEYS}); received {roll.dtype} {roll.shape}, or other values."
        )
    if length.ndim != 1 or length.dtype.kind not in "iu" or length.sum() != len(roll):
        raise ValueError(
            f"{where}: length must be integers (pieces,) that add up to the {len(roll)} frames of roll; received "
            f"{length.dtype} {length.shape} with the sum {length.sum()}."
        )
    count_examples(fields)


def pictures(samples):
    """Pieces of one length as images (count, keys, frames, 1) in [-1, 1], from the lowest key that sounds to the highest."""
    sounds = np.asarray(samples) > 0
    used = np.flatnonzero(sounds.any(axis=(0, 1)))
    first, last = (used[0], used[-1]) if len(used) else (0, KEYS - 1)
    shown = sounds[:, :, first : last + 1].transpose(0, 2, 1)[:, ::-1, :, None]
    return np.where(shown, -1.0, 1.0).astype("float32")


def midi(samples, beats_a_minute=90):
    """A MIDI file of pieces, one after another: notes that go on from frame to frame are held.

    Standard MIDI Files 1.0 (MIDI Manufacturers Association, 1996), format 0: one track of (time since the last event, event).

    Args:
        samples: Piano rolls, a list of arrays (frames, 88) or an array of several.
        beats_a_minute: Quarter notes a minute.
    """
    rest = np.zeros((REST, KEYS), bool)
    frames = np.concatenate([part for roll in samples for part in (np.asarray(roll) > 0, rest)])
    change = np.diff(frames.astype("int8"), axis=0, prepend=0)
    track, now = io.BytesIO(), 0
    track.write(b"\x00\xff\x51\x03" + round(60_000_000 / beats_a_minute).to_bytes(3, "big"))
    for time, key in np.argwhere(change).tolist():
        is_struck = change[time, key] > 0
        track.write(variable((time - now) * TICKS) + bytes([0x90, LOWEST + key, VELOCITY if is_struck else 0]))  # 0 lets go
        now = time
    track.write(variable((len(frames) - now) * TICKS) + b"\xff\x2f\x00")
    content = track.getvalue()
    header = (0).to_bytes(2, "big") + (1).to_bytes(2, "big") + TICKS.to_bytes(2, "big")
    return b"MThd" + (6).to_bytes(4, "big") + header + b"MTrk" + len(content).to_bytes(4, "big") + content


def variable(number):
    """A number of a MIDI file: seven bits a byte, the highest first; the eighth says that more follow."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | (number & 0x7F))
    return bytes(found[::-1])
