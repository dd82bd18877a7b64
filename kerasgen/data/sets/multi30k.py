"""Multi30k: captions of photographs in English, German and French."""

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

REPOSITORY, COMMIT = "multi30k/dataset", "a3d2e0d26b56f3846f66a952536ffed4e401d05a"
LANGUAGES = ("en", "de", "fr")
NAMES = {"train": "train", "validation": "val", "test": "test_2016_flickr"}


def parse(files):
    """{split: {"en", "de", "fr": texts}}; row i is the same caption in each."""
    splits = {}
    for split, name in NAMES.items():
        splits[split] = {}
        for language in LANGUAGES:
            splits[split] |= from_strings(language, parsing.lines(files[f"{name}.{language}.gz"]))
    return splits


def file(name, size, sha256):
    return RawFile(name, size, sha256, (github(REPOSITORY, COMMIT, f"data/task1/raw/{name}"),))


DATA_SET = DataSet(
    name="multi30k",
    parse=parse,
    files=(
        file("train.en.gz", 568_929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"),
        file("train.de.gz", 637_044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"),
        file("train.fr.gz", 604_242, "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"),
        file("val.en.gz", 21_650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"),
        file("val.de.gz", 24_681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"),
        file("val.fr.gz", 23_001, "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"),
        file("test_2016_flickr.en.gz", 21_077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"),
        file("test_2016_flickr.de.gz", 22_890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"),
        file("test_2016_flickr.fr.gz", 22_310, "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"),
    ),
    licence="for research and education, non-commercial (README of the repository)",
    source="D. Elliott, S. Frank, K. Sima'an, L. Specia, 2016, arXiv:1605.00459; captions of Flickr30k",
    splits="as given; test is test_2016_flickr",
    modality="pairs",
    unit="captions",
    counted_by="en_length",
    fields={"en": "texts, English", "de": "texts, German", "fr": "texts, French"},
    counts={"train": 29_000, "validation": 1_014, "test": 1_000},
    hashes={
        "train": "689f0eaa50cd96128891398bea1acf4a0b5536b9ad90391d2db6d273d9c0ad5f",
        "validation": "bf0e127f014acc3e5051a1b9e457edd18282cd0152a33fe790e9644ef9863b40",
        "test": "063545134f7ca2e1df8245897710a79471472916756cc6304ee1c2fb8b42815a",
    },
    instead_of=("wmt14_translate", "wmt16_translate", "iwslt"),
)
