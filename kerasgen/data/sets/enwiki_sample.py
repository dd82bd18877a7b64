"""Articles of the English Wikipedia as plain text, for pretraining: 18 million characters."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet


def parse(files):
    """{split: {"text": uint8 (bytes,)}}."""
    names = {"train": "train", "validation": "valid", "test": "test"}
    return {split: {"text": parsing.documents(files[f"{name}.jsonl"])} for split, name in names.items()}


DATA_SET = DataSet(
    name="enwiki_sample",
    parse=parse,
    files=(
        RawFile(
            "train.jsonl",
            17_502_362,
            "a5d17b77c231cd613c23a91a0f8f8b4b470ac0adfea4c2ccf89322da08d6ed49",
            packed=RawFile("train.jsonl.xz", 4_679_288, "e3297676aee6fe953ddd58915553b4d72075429a4b718d924e50e381cb0749b9"),
        ),
        RawFile(
            "valid.jsonl",
            848_286,
            "480f48e5b2ea37caa8ad9a9877c48a4e20df533ae3efc17c4409462b1e6b280b",
            packed=RawFile("valid.jsonl.xz", 264_180, "7d8606ed1920c7449a48ad40a6dea451f0db998ac11c0654d20b927e4520b0dc"),
        ),
        RawFile(
            "test.jsonl",
            401_938,
            "6eb51939e5f019aab3de38b57e6d0c3c34f62eb86489e4458ca54fcae9a22141",
            packed=RawFile("test.jsonl.xz", 128_872, "bcb870853824569315d4e8736005bef1efe54e3addbfee01e3ba8fdc97658a31"),
        ),
    ),
    licence="CC BY-SA 3.0",
    redistributable=True,
    source="the authors of Wikipedia; articles created in 2018",
    splits="by article, as given",
    made="22 of the 64 files that WikiExtractor wrote in github.com/Vibhas-hs-edu/WikiTasks at "
    "52b1f163137bc40b0f67cbf129d5dab4f6fd5901, text/AA: the articles of 400 characters and more as lines of JSON "
    '{"id", "title", "text"}',
    modality="text",
    unit="bytes",
    counted_by="text",
    fields={
        "text": "one text, UTF-8: for each article its title, its text in lines, and an empty line, which no article has inside"
    },
    counts={"train": 17_106_891, "validation": 827_619, "test": 393_154},
    hashes={
        "train": "da2466141409fb22a2588006269204598ea9cd4f928a3db205cb79f3af93d567",
        "validation": "f258fdf8da15165f6db491e6751285a8cdf6ff91cd269cc6854e82840ed8887d",
        "test": "87bea8726fbfa39323946d164c2535051a9e2219fb03a9c8947312ccf42551f9",
    },
    instead_of=("enwik8", "text8", "wikipedia"),
)
