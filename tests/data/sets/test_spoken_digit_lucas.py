"""The sixth speaker: one split, fields as those of the other five."""

import io
import tarfile
import wave

from kerasgen import data


def test_all_recordings_are_for_testing(tiny):
    file, sound = io.BytesIO(), io.BytesIO()
    with wave.open(sound, "wb") as recording:
        recording.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        recording.writeframes(bytes(20))
    with tarfile.open(fileobj=file, mode="w") as packed:
        for name in ("recordings/0_lucas_0.wav", "recordings/3_lucas_1.wav"):
            entry = tarfile.TarInfo(name)
            entry.size = len(sound.getvalue())
            packed.addfile(entry, io.BytesIO(sound.getvalue()))
    fields = tiny("spoken_digit_lucas", {"fsdd_lucas_recordings.tar.xz": file.getvalue()})["test"]
    assert fields["label"].tolist() == [0, 3] and fields["length"].tolist() == [10, 10]
    assert [data.describe("spoken_digit").labels["speaker"][i] for i in fields["speaker"]] == ["lucas"] * 2
