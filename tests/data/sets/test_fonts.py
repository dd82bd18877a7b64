"""Typefaces: glyphs face by face, the given splits."""

import io

import numpy as np

from kerasgen.data.sets import fonts


def test_the_glyphs_of_a_face_stand_together(tiny, strings):
    images, file = np.zeros((4, 62, 32, 32), "uint8"), io.BytesIO()
    images[:] = (10 * np.arange(4)[:, None] + np.arange(62) // 31)[:, :, None, None]
    split, family = np.array(["train", "valid", "train", "test"]), np.array(["Ant", "Bee", "Cat", "Dog"])
    style = np.array(["Bold", "Regular", "Light", "Book"])
    np.savez(file, images=images, chars=np.array(fonts.CHARACTERS), split=split, family=family, style=style)
    splits = tiny("fonts", {"fonts32.npz": file.getvalue()})
    train = splits["train"]
    assert train["image"].shape == (124, 32, 32, 1) and train["face"].tolist() == [0] * 62 + [2] * 62
    assert train["label"].tolist() == [*range(62)] * 2 and train["image"][-1, 0, 0, 0] == 21
    assert strings(train, "title")[62] == "Cat, Light" and strings(splits["test"], "title") == ["Dog, Book"] * 62
    assert len(fonts.CHARACTERS) == 62 and (splits["validation"]["face"] == 1).all()
