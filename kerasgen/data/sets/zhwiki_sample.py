"""Articles of the Chinese Wikipedia as plain text, traditional and simplified mixed: 6.3 million characters."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet


def parse(files):
    """{split: {"text": uint8 (bytes,)}}."""
    names = {"train": "train", "validation": "valid", "test": "test"}
    return {split: {"text": parsing.documents(files[f"{name}.jsonl"])} for split, name in names.items()}


DATA_SET = DataSet(
    name="zhwiki_sample",
    parse=parse,
    files=(
        RawFile(
            "train.jsonl",
            16_197_347,
            "a8479242309d2048e0d464a2f17e007d376b701c7225f7581ba3f07b2f04916e",
            packed=RawFile("train.jsonl.xz", 5_232_356, "98b7d739181113d359db3fb8ffdd556da35d7156e79f1cf47a1ee3baeec9ae3d"),
        ),
        RawFile(
            "valid.jsonl",
            607_893,
            "d98cd06351b41f2c06d5e40d53fc0df809ec9338e8f813ce8214a80c54defe16",
            packed=RawFile("valid.jsonl.xz", 219_740, "d79e26eba2288155e04dc1fe281980a8b23052541c14477dea97e82476e7a5a7"),
        ),
        RawFile(
            "test.jsonl",
            763_896,
            "d6aeb15976469323986a4b4a0a0973e4ae2f98642946152e676d1c17f549eca0",
            packed=RawFile("test.jsonl.xz", 260_968, "dec02a5577588e240604cca9a7a68a955c4f9dde627cb15612be77d6cf2cadb7"),
        ),
    ),
    licence="CC BY-SA (Wikipedia)",
    redistributable=True,
    source="the authors of the Chinese Wikipedia, 2023",
    splits="by article, as given",
    made="25 of the 100 files that WikiExtractor wrote in github.com/overweightbarracuda/science_fair2324 at "
    "e65b1a19ab14ce4a69eea8f7d9d819d67aab881b, text/AA: the articles of 300 characters and more as lines of JSON "
    '{"id", "title", "text"}',
    modality="text",
    unit="bytes",
    counted_by="text",
    fields={
        "text": "one text, UTF-8: for each article its title, its text in lines, and an empty line, which no article has "
        "inside; &lt;, &gt; and &amp; are replaced by their characters"
    },
    counts={"train": 15_918_973, "validation": 597_370, "test": 749_367},
    hashes={
        "train": "1759b3e0f1a1dd0e1a0d77fdab21bfdb7e3dff77890adc9c3c584294386b25db",
        "validation": "a5e77e635f8a2c21b2bb20d99a2b8308e8ee2874b81f795d0a92bd2683b5df53",
        "test": "414d0cae3365e3e66cf320d0efdacec6b4279688b6deee360362d41c72221237",
    },
)
