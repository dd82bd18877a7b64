"""What a failure detector can find: the ways in which GANs fail, the likely causes and what to try."""

import dataclasses

LOWER = "lower the learning rates (of both players, or warm them up), or clip gradients"
REMEDIES = {  # name: (likely cause, advice)
    "collapse": (
        "mode collapse: the generator answers the current discriminator with few different images",
        "lower the generator's learning rate, raise penalty_weight (R1), use larger batches, or WGANGP",
    ),
    "strong_discriminator": (
        "the discriminator tells real from generated images almost without error, and the samples do not improve",
        "lower the discriminator's learning rate or widths, raise penalty_weight or augment=(...), or smooth its labels",
    ),
    "weak_discriminator": (
        "the discriminator cannot tell real from generated images although the samples are poor: it teaches nothing",
        "raise the discriminator's learning rate or widths, lower the generator's, or lower penalty_weight or augment less",
    ),
    "vanished_signal": (
        "the minimax loss is flat where the discriminator is sure: the generator gets no gradient",
        "use loss='non_saturating', or weaken the discriminator (lower rate, higher penalty_weight)",
    ),
    "saturation": (
        "the generator's last layer is stuck at the ends of its range, where tanh passes on no gradient",
        "lower the generator's learning rate, begin anew, and check that training images span [-1, 1]",
    ),
    "memorised": (
        "training images were memorised: there are too few for this model, or the training went on too long",
        "stop earlier, use more training images or augment=('translation', 'cutout'), or a smaller model",
    ),
    "divergence": ("too high a learning rate, or no penalty that keeps the discriminator from growing steep", LOWER),
    "not_a_number": ("losses or weights overflowed: too high a learning rate, or float16", f"{LOWER}, or use float32"),
}
NAMES = tuple(REMEDIES)


@dataclasses.dataclass(frozen=True)
class Finding:
    """A failure that was found.

    Args:
        name: One of `NAMES`.
        epoch: The epoch it was found in, counted from 1.
        seen: What was seen, in words, compared with real images.
        evidence: {name: number} of everything measured then.
        cause: The likely cause.
        advice: What to try.
    """

    name: str
    epoch: int
    seen: str
    evidence: dict
    cause: str
    advice: str

    def __str__(self):
        return f"epoch {self.epoch}: {self.name}: {self.seen}.\n  Likely cause: {self.cause}.\n  Advice: {self.advice}."
