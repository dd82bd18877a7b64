"""WikiText-2: good and featured articles of the English Wikipedia, at word level."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

EXAMPLES = ("pytorch/examples", "77f55b912142e11fcfdf5b530231fb9c52f181e8", "word_language_model/data/wikitext-2/")
OTHER = ("pimondontknow/Privacy_FL_IoT", "264c203c2bb4f6af352e797e4290eef84e9bb906", "data/wikitext-2/")


def urls(first, second):
    """The same file at two places."""
    return tuple(github(repository, commit, folder + name) for (repository, commit, folder), name in (first, second))


def parse(files):
    """{split: {"text": uint8 (bytes,)}}."""
    names = {"train": "train", "validation": "valid", "test": "test"}
    return {split: {"text": parsing.text(files[f"wiki.{name}.tokens"])} for split, name in names.items()}


DATA_SET = DataSet(
    name="wikitext2",
    parse=parse,
    files=(
        RawFile(
            "wiki.train.tokens",
            10_797_148,
            "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
            urls((EXAMPLES, "train.txt"), (OTHER, "wiki.train.tokens")),
            RawFile("wiki.train.tokens.xz", 2_736_940, "7f5b03a0219b81adcc680f2d8bd24b7b3f19e4a01ac52f9533ca18cc807ac2bd"),
        ),
        RawFile(
            "wiki.valid.tokens",
            1_121_681,
            "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            urls((EXAMPLES, "valid.txt"), (OTHER, "wiki.valid.tokens")),
            RawFile("wiki.valid.tokens.xz", 305_992, "1322771e23310248961e17b3c55df138cd3e5c57f2e36ac1d131e9c6158ccd74"),
        ),
        RawFile(
            "wiki.test.tokens",
            1_256_449,
            "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            urls((EXAMPLES, "test.txt"), (OTHER, "wiki.test.tokens")),
            RawFile("wiki.test.tokens.xz", 336_552, "306c08b989e77ca6d5587c58d90bf8f8fa3be85671b0eda75315de9f68584fbe"),
        ),
    ),
    licence="CC BY-SA 3.0",
    redistributable=True,
    source="S. Merity, C. Xiong, J. Bradbury, R. Socher, 2016, arXiv:1609.07843; text by the authors of Wikipedia",
    splits="as given",
    modality="text",
    unit="bytes",
    counted_by="text",
    fields={
        "text": "one text, UTF-8: tokens between spaces, <unk> for rare words, headings between = signs; the end of a line is "
        "a token too (then 2,088,628, 217,646 and 245,569 tokens, 33,278 distinct)"
    },
    counts={"train": 10_797_148, "validation": 1_121_681, "test": 1_256_449},
    hashes={
        "train": "79ffb97ea94275dd8af9efb2520a4b33f30bf574030ad6c066c549e39a452414",
        "validation": "86325b3fdce6a5b75685f5183a99e5f6061615d01516b491a26c63ff032280f9",
        "test": "418a2b95bd468a71b2056cdeb8029837dccfdfaaaaad8a99e3020c22c7776f33",
    },
    instead_of=("wikitext", "wikitext103", "wikipedia"),
)
