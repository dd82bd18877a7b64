"""Penn Treebank: three files, each one text."""

from kerasgen.data import to_text


def test_each_file_is_a_text(tiny):
    splits = tiny("ptb", {f"ptb.{name}.txt": f" the {name} <unk> rose N \n".encode() for name in ("train", "valid", "test")})
    assert {split: to_text(fields["text"]) for split, fields in splits.items()} == {
        "train": " the train <unk> rose N \n",
        "validation": " the valid <unk> rose N \n",
        "test": " the test <unk> rose N \n",
    }
