"""From tokens that come one by one to pieces of text: whole characters, and nothing of what comes after a stop."""


class Writer:
    """Turns the tokens of one growing text into pieces of str.

    A character may take several tokens, as bytes do; it is held back until it is whole. So is what may be the beginning of a
    stop, since the text ends before the first stop that it contains.

    Args:
        tokenizer: Whose ids come.
        stops: Strings of at least one character that end the text.
        before: Ids that the text goes on from: some tokenizers set a space between two words.
    """

    def __init__(self, tokenizer, stops=(), before=()):
        self.tokenizer, self.stops = tokenizer, tuple(stops)
        self.before, self.waiting = list(before)[-1:], []
        self.held = ""
        self.ended = False

    def add(self, token):
        """The piece of text that can be shown after this token, often ""; "" for ever after a stop."""
        if self.ended:
            return ""
        self.waiting.append(int(token))
        known = self.tokenizer.decode(self.before)
        text = self.tokenizer.decode([*self.before, *self.waiting])[len(known) :]
        if text.endswith("\N{REPLACEMENT CHARACTER}") and len(self.waiting) < 4:  # UTF-8 takes at most four bytes
            return ""
        self.before, self.waiting, self.held = self.waiting, [], self.held + text
        if ends := [end for end in map(self.held.find, self.stops) if end >= 0]:
            self.ended = True
            return self.held[: min(ends)]
        return self._shown(len(self.held) - self._open())

    def rest(self):
        """What is still held back, when no more tokens come."""
        if self.ended:
            return ""
        known = self.tokenizer.decode(self.before)
        self.held += self.tokenizer.decode([*self.before, *self.waiting])[len(known) :]
        return self._shown(len(self.held))

    def _open(self):
        """How many characters at the end of `held` may be the beginning of a stop."""
        longest = max(map(len, self.stops), default=1) - 1
        sizes = range(min(longest, len(self.held)), 0, -1)
        return next((size for size in sizes if any(stop.startswith(self.held[-size:]) for stop in self.stops)), 0)

    def _shown(self, count):
        piece, self.held = self.held[:count], self.held[count:]
        return piece
