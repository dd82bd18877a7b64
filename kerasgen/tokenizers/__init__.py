"""Tokenizers: from text to token ids and back. Each is saved as one JSON file beside the weights that were trained with it."""

from kerasgen.tokenizers.byte_pair import BytePairTokenizer
from kerasgen.tokenizers.character import CharacterTokenizer
from kerasgen.tokenizers.poem import PoemTokenizer
from kerasgen.tokenizers.tokenizer import Tokenizer, load_tokenizer
from kerasgen.tokenizers.word import WordTokenizer

__all__ = ["BytePairTokenizer", "CharacterTokenizer", "PoemTokenizer", "Tokenizer", "WordTokenizer", "load_tokenizer"]
