"""Diffusion: a network learns to take noise out of images, and draws an image from pure noise in steps.

Sohl-Dickstein et al., 2015, arXiv:1503.03585; Ho et al., 2020, arXiv:2006.11239; in continuous time as in Kingma et al., 2021,
arXiv:2107.00630. An image x with noise is x_t = alpha x + sigma n, n ~ N(0, I), by a schedule of schedules/noise.py; its log
signal-to-noise ratio is l. With t spread evenly over [0, 1] within each batch,

    minimise  E |target - network(x_t, l, y)|^2,    target = v = alpha n - sigma x    (Salimans & Ho, 2022, arXiv:2202.00512)
                                                       or    noise = n                (Ho et al.)
                                                       or    velocity = n - x         (Lipman et al., 2023, arXiv:2210.02747)

Each is a linear function of x_t and of the mean image x^ = E[x | x_t, y], which samplers ask for: the last, with the schedule
"straight", is flow matching. A class y is told to the network as weights (batch, num_classes), all zero where it is not told;
training leaves a tenth of the labels out, so that samples can be pushed towards their class (Ho & Salimans, 2022,
arXiv:2207.12598): x^ = x^(no class) + guidance (x^(class) - x^(no class)).

Images are float32, channels last, in [-1, 1]. The verbs use an average of the weights over time.
"""

import keras
import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.layers import WeightAverage
from kerasgen.layers.unet import build_unet
from kerasgen.losses.diffusion_bound import diffusion_bound
from kerasgen.models.diffusion.editing import FRESH, LABELS, STARTS, DrawsInSteps
from kerasgen.schedules.noise import SCHEDULES, alpha_sigma, log_snr
from kerasgen.steps import compiled, portable_step

UNTOLD = 0.1  # share of labels that training leaves out


@keras.saving.register_keras_serializable("kerasgen")
class Diffusion(DrawsInSteps):
    """Diffusion model of images, with a class each or without.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2 ** (len(widths) - 1).
        num_classes: Number of classes, whose labels are 0..num_classes-1; 0 for images without.
        widths: Channels of the U-Net at the whole, a half, a quarter ... of the image's size, multiples of 8.
        blocks: Residual blocks at each size.
        dropout: Share of features that training leaves out.
        schedule: "cosine", "linear", "edm" or "straight": how noise grows with time.
        target: "v", "noise" or "velocity": what the network says.
        steps: Steps of the verbs where nothing else is asked for.
        guidance: Guidance of the verbs where nothing else is asked for; 1 for none.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "encode", "decode", "interpolate", "denoise", "vary", "inpaint", "elbo")
    cannot = {
        "log_prob": "it has no density in closed form; elbo bounds it from below",
        "reconstruct": "encode and decode lead back to the image itself, up to the error of their steps",
    }

    def __init__(
        self,
        image_shape=(28, 28, 1),
        num_classes=0,
        widths=(32, 64, 96),
        blocks=1,
        dropout=0.0,
        schedule="cosine",
        target="v",
        steps=25,
        guidance=1.0,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        factor = checks.enlargement(widths, fewest=1)
        self.image_shape = checks.image_shape(image_shape, multiple_of=factor)
        self.num_classes = checks.integer("num_classes", num_classes, 0, 100_000)
        self.widths = widths
        if any(width % 8 for width in widths):
            raise ValueError(f"widths must be multiples of 8; received {widths!r}.")
        self.blocks = checks.integer("blocks", blocks, 1, 100)
        self.dropout = checks.number("dropout", dropout, 0, 0.9)
        self.schedule = checks.one_of("schedule", schedule, tuple(SCHEDULES))
        self.target = checks.one_of("target", target, ("v", "noise", "velocity"))
        self.steps = checks.integer("steps", steps, 1, 10_000)
        self.guidance = checks.number("guidance", guidance, 0, 100)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = build_unet(self.image_shape, widths, blocks, num_classes, dropout)
        self.average = WeightAverage(self.network, average_decay)
        self.predict_image = compiled(self.mean_image, self)
        self.predict_guided = compiled(self.guided_image, self)
        self.built = True

    def call(self, inputs, training=False):
        """The mean image of [noisy images, log signal-to-noise ratios, and class weights if there are classes]."""
        return self.image_of(self.network(inputs, training=True), *inputs[:2]) if training else self.mean_image(*inputs)

    # Training

    @portable_step
    def train_step(self, batch):
        self.minimize(lambda: self.error(batch, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.error(batch, training=False)
        return self.logs()

    def error(self, batch, training):
        """Mean squared error of the target, at times spread evenly over the batch."""
        images, labels = batch if self.num_classes else (batch, None)
        count = ops.shape(images)[0]
        shift = keras.random.uniform((), dtype="float32", seed=self.seed_generator)
        times = (ops.cast(ops.arange(count), "float32") + shift) / ops.cast(count, "float32")
        level = log_snr(self.schedule, times)
        alpha, sigma = (ops.reshape(part, (-1, 1, 1, 1)) for part in alpha_sigma(self.schedule, level))
        normal = keras.random.normal(ops.shape(images), dtype="float32", seed=self.seed_generator)
        inputs = [alpha * images + sigma * normal, level]
        if self.num_classes:
            weights = ops.one_hot(ops.cast(labels, "int32"), self.num_classes, dtype="float32")
            told = keras.random.uniform((count, 1), dtype="float32", seed=self.seed_generator) >= UNTOLD
            inputs.append(ops.where(told, weights, 0.0) if training else weights)
        said = self.network(inputs, training=True) if training else self.average(inputs)
        goal = {"v": alpha * normal - sigma * images, "noise": normal, "velocity": normal - images}[self.target]
        loss = ops.mean(ops.square(goal - ops.cast(said, "float32")))
        self.track(loss=loss)
        return loss

    def image_of(self, said, x, level):
        """The mean image that the network's words imply, within [-1, 1]."""
        alpha, sigma = (ops.reshape(part, (-1, 1, 1, 1)) for part in alpha_sigma(self.schedule, level))
        said = ops.cast(said, "float32")
        image = {
            "v": lambda: (alpha * x - sigma * said) / (alpha**2 + sigma**2),
            "noise": lambda: (x - sigma * said) / alpha,
            "velocity": lambda: (x - sigma * said) / (alpha + sigma),
        }[self.target]()
        return ops.clip(image, -1.0, 1.0)

    def mean_image(self, x, level, *weights):
        return self.image_of(self.average([x, level, *weights]), x, level)

    def guided_image(self, x, level, guidance, weights):
        """Both predictions in one pass of the network; `guidance` is (batch,)."""
        said = self.average([ops.tile(x, (2, 1, 1, 1)), ops.tile(level, 2), ops.concatenate([weights, 0.0 * weights])])
        with_class, without = ops.split(ops.cast(said, "float32"), 2)
        said = without + ops.reshape(guidance, (-1, 1, 1, 1)) * (with_class - without)
        return self.image_of(said, x, level)

    def check_data(self, x, y=None):
        checks.images(x, self.image_shape, name="x")
        if not self.num_classes:
            if y is not None:
                raise ValueError("y must be None: this model (num_classes=0) learns from images alone; received targets.")
        elif y is None:
            raise ValueError(f"y must be the labels of the images, integers from 0 to {self.num_classes - 1}; received None.")
        else:
            checks.labels(y, self.num_classes, expected_count=len(x), name="y")

    def networks(self):
        x, level = keras.Input(self.image_shape, name="images"), keras.Input((), name="level")
        inputs = {"images": x, "level": level}
        if self.num_classes:
            inputs["weights"] = keras.Input((self.num_classes,), name="weights")
        image = self.image_of(self.network(list(inputs.values()), training=False), x, level)
        return {"predict": keras.Model(inputs, image, name="predict")}

    # Verbs; those that change given images are in editing.py

    def sample(
        self, count=None, label=None, steps=None, sampler="dpm++", eta=None, guidance=None, seed=0, start=0, batch_size=256
    ):
        """Draws images: `sample(16)`, `sample(16, label=7)`, `sample(label=[3, 1, 4], steps=50, guidance=2)`.

        Args:
            count: How many, 1 to 1,000,000; None for one of each label in a sequence, else 16.
            label: Class of all images, a sequence with the class of each, or None to draw classes too, all equally likely.
            steps: Steps from noise to image, 1 to 10,000; None for `self.steps`.
            sampler: "ddpm", "ddim", "heun" (two predictions a step) or "dpm++".
            eta: Share of fresh noise of "ddim", from 0 (none) to 1 ("ddpm"); None for 0.
            guidance: How far images are pushed towards their class: 1 for not, more for more typical and alike images, 0 to
                take no notice of it; None for `self.guidance`.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i), its label and the settings alone.
            start: Index of the first image, to draw a long series in parts.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range, count and labels do not fit, or this model has no classes.
        """
        self.check_label(label)
        count, labels = checks.labels_asked(count, label, max(1, self.num_classes))
        seed, start = checks.seed(seed), checks.integer("start", start, 0, 2**62)
        if labels is None and self.num_classes:
            labels = self.drawn_labels(count, seed, start)
        draw = self.drawer(steps, sampler, eta, guidance, seed, batch_size)

        def block(first, last):
            x = noise.normal(self.image_shape, seed, first, last, STARTS)
            return draw(x, first, None if labels is None else labels[first - start : last - start])

        return blocks.drawn(block, count, start, batch_size)

    def drawn_labels(self, count, seed=0, start=0):
        """The labels that `sample(count, seed=seed, start=start)` draws: int64 (count,)."""
        uniform = noise.uniform((), checks.seed(seed), start, start + checks.count(count), LABELS)
        return np.minimum((uniform * self.num_classes).astype("int64"), self.num_classes - 1)

    def elbo(self, images, label=None, samples=20, seed=0, batch_size=256):
        """Evidence lower bound of each image of 256 grey levels, in nats: float32 (count,); see `metrics.diffusion_bound`.

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; values count as the nearest of 256 levels.
            label: Class of all images, or a sequence with the class of each; None not to tell it.
            samples: Noise levels an image, spread evenly.
            seed: Seed of levels and noise; image i of a call depends on (seed, i) alone.
            batch_size: Images computed at once.
        """
        images, seed = checks.images(images, self.image_shape), checks.seed(seed)
        samples = checks.integer("samples", samples, 1, 10_000)
        ends = log_snr(self.schedule, np.array([1.0, 0.0]), np)

        def bound(x, first, labels):
            predict = self.predictor(labels, len(x), 1.0)
            numbers = lambda stream: self.normal(x, seed, first, FRESH + stream)  # noqa: E731
            shifts = noise.uniform((), seed, first, first + len(x), LABELS)
            levels = lambda level: alpha_sigma(self.schedule, level, np)  # noqa: E731
            return diffusion_bound(x, predict, levels, ends, samples, shifts, numbers)

        return self.mapped(bound, label, images, size=checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT))
