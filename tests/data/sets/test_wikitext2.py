"""WikiText-2: three files, each one text."""

from kerasgen.data import to_text


def test_each_file_is_a_text(tiny):
    files = {
        f"wiki.{name}.tokens": f" \n = {name} = \n <unk> é word @-@ level \n".encode() for name in ("train", "valid", "test")
    }
    splits = tiny("wikitext2", files)
    assert to_text(splits["validation"]["text"]) == " \n = valid = \n <unk> é word @-@ level \n"
    assert to_text(splits["train"]["text"]).split("\n")[1] == " = train = "
