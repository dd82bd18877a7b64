"""What diffusion models share: from noise to images in steps, and what the same steps do with images that are given.

A model file defines `predict_image` (noisy images, levels, class weights where there are classes) and `predict_guided` (...,
levels, guidance, class weights), compiled, `schedule`, `num_classes`, and `steps` and `guidance` for where nothing else is
asked for.
"""

import numpy as np

from kerasgen import blocks, checks, latents, noise
from kerasgen.model import GenerativeModel
from kerasgen.samplers import diffusion as samplers
from kerasgen.schedules.noise import alpha_sigma, log_snr

STARTS, LABELS, KNOWN, FRESH = 0, 2, 3, 16  # streams of random numbers; step i draws from FRESH + i


class DrawsInSteps(GenerativeModel):
    """The verbs that start from images or noise that are given, and how all verbs take their steps."""

    # Verbs

    def decode(self, latents, label=None, steps=None, guidance=None, sampler="ddim", batch_size=256):
        """Images of noise, a finite array (count, height, width, channels), by steps without fresh noise.

        Other arguments, result and errors are those of `sample`; without a label, classes are not told.
        """
        checks.one_of("sampler", sampler, samplers.SAMPLERS[1:])
        x = checks.images(latents, self.image_shape, "latents", low=-np.inf, high=np.inf)
        draw = self.drawer(steps, sampler, None, guidance, 0, batch_size)
        return self.mapped(draw, label, x, size=batch_size)

    def encode(self, images, label=None, steps=None, batch_size=256):
        """The noise that `decode` makes each image of, by the steps of "ddim" taken backwards: float32, like the images.

        The more steps, the closer `decode(encode(images, label), label)` comes (Song et al., 2021, section 5.4).

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            label: Class of all images, or a sequence with the class of each; None not to tell it.
            steps, batch_size: As in `sample`.
        """
        images = checks.images(images, self.image_shape)
        steps = checks.integer("steps", self.steps if steps is None else steps, 1, 10_000)
        levels = samplers.step_levels(self.schedule, steps)[::-1]

        def invert(x, first, labels):
            return samplers.run("ddim", self.predictor(labels, len(x), 1.0), x, levels, self.schedule, clean=False)

        return self.mapped(invert, label, images, size=checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT))

    def interpolate(self, steps=8, seed=0, label=None):
        """Images along the great circle between the first two noises of `seed`: float32 (steps, height, width, channels)."""
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        first, second = noise.normal(self.image_shape, seed, 0, 2, STARTS).reshape(2, -1)
        path = latents.great_circle(first, second, steps)
        return self.decode(path.reshape(steps, *self.image_shape), label)

    def denoise(self, images, sigma, label=None, guidance=None, batch_size=256):
        """Removes Gaussian noise of a known deviation in one step: the mean of what the images may have been.

        Args:
            images: float array (count, height, width, channels) of finite values: images in [-1, 1] with noise added.
            sigma: Deviation of the noise on pixels in [0, 1] (in [-1, 1], noise is twice as strong), from 0.001 to 100.
            label, guidance, batch_size: As in `sample`; without a label, classes are not told.

        Returns:
            float32 array of the same shape, in [-1, 1].
        """
        images = checks.images(images, self.image_shape, low=-np.inf, high=np.inf)
        level = -2.0 * np.log(2.0 * checks.number("sigma", sigma, 0.001, 100))
        alpha = alpha_sigma(self.schedule, level, np)[0]
        guidance = self.guidance_of(guidance)
        clean = lambda x, first, labels: self.predictor(labels, len(x), guidance)(np.float32(alpha) * x, level)  # noqa: E731
        return self.mapped(clean, label, images, size=checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT))

    def vary(self, images, strength=0.5, label=None, steps=None, guidance=None, seed=0, batch_size=256):
        """Draws images that resemble those given: noise is added up to time `strength`, and taken out again.

        Meng et al., 2022, arXiv:2108.01073. Image i depends on (seed, i), the image given and the settings alone.

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            strength: From 0.01 (nearly the same) to 1 (nothing is kept).
            label, steps, guidance, seed, batch_size: As in `sample`; without a label, classes are not told.
        """
        images, seed = checks.images(images, self.image_shape), checks.seed(seed)
        strength = checks.number("strength", strength, 0.01, 1)
        draw = self.drawer(steps, "dpm++", None, guidance, seed, batch_size, begin=strength)
        alpha, sigma = alpha_sigma(self.schedule, log_snr(self.schedule, np.float64(strength), np), np)
        noisy = lambda x, first: np.float32(alpha) * x + np.float32(sigma) * self.normal(x, seed, first, KNOWN)  # noqa: E731
        return self.mapped(lambda x, first, labels: draw(noisy(x, first), first, labels), label, images, size=batch_size)

    def inpaint(self, images, mask, label=None, steps=None, guidance=None, seed=0, repeats=4, batch_size=256):
        """Draws the masked part of images anew so that it fits the rest: Lugmayr et al., 2022, arXiv:2201.09865.

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            mask: bool array like the images, true where to draw anew; what is known comes back as it was.
            label, steps, guidance, seed, batch_size: As in `sample`; without a label, classes are not told.
            repeats: How often each step is taken, with noise added back in between, so that both parts agree.
        """
        images, seed = checks.images(images, self.image_shape), checks.seed(seed)
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != images.shape:
            raise ValueError(f"mask must be of bool and of shape {images.shape}; received {mask.dtype}, shape {mask.shape}.")
        steps = checks.integer("steps", self.steps if steps is None else steps, 1, 10_000)
        repeats = checks.integer("repeats", repeats, 1, 100)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        down = samplers.step_levels(self.schedule, steps)
        pairs = [[down[i], down[i + 1]] * (repeats if i < steps - 1 else 1) for i in range(steps)]
        levels = np.concatenate([[down[0]], *[np.array(pair)[1:] for pair in pairs]])
        guidance = self.guidance_of(guidance)

        def fill(x, masked, first, labels):
            def after(step, drawn):
                alpha, sigma = (1.0, 0.0) if step == len(levels) - 2 else alpha_sigma(self.schedule, levels[step + 1], np)
                return np.where(masked, drawn, alpha * x + sigma * self.normal(x, seed, first, KNOWN))

            fresh = lambda step: self.normal(x, seed, first, FRESH + step)  # noqa: E731
            begin = self.normal(x, seed, first, STARTS)
            predict = self.predictor(labels, len(x), guidance)
            return samplers.run("ddpm", predict, begin, levels, self.schedule, normal=fresh, after=after)

        drawn = self.mapped(fill, label, images, mask, size=batch_size)
        return np.where(mask, np.clip(drawn, -1.0, 1.0), images)

    # How steps are taken

    def drawer(self, steps, sampler, eta, guidance, seed, batch_size, begin=1.0):
        """Checks settings, and returns the function (x, first, labels) -> images that begins with x at time `begin`.

        `first` is the index of the first of them, for fresh noise; `labels` are None, or one each.
        """
        steps = checks.integer("steps", self.steps if steps is None else steps, 1, 10_000)
        checks.one_of("sampler", sampler, samplers.SAMPLERS)
        if eta is not None and sampler != "ddim":
            raise ValueError(f"eta must be None: only the sampler 'ddim' takes it; received {eta!r} with {sampler!r}.")
        eta = None if eta is None else checks.number("eta", eta, 0, 1)
        guidance = self.guidance_of(guidance)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        levels = samplers.step_levels(self.schedule, steps, begin)

        def draw(x, first, labels):
            fresh = lambda step: self.normal(x, seed, first, FRESH + step)  # noqa: E731
            predict = self.predictor(labels, len(x), guidance)
            drawn = samplers.run(sampler, predict, x, levels, self.schedule, eta, fresh)
            return np.clip(drawn, -1.0, 1.0)

        return draw

    def predictor(self, labels, count, guidance):
        """The function (x, level) -> mean images of `count` images, whose classes are told unless `labels` is None."""
        if not self.num_classes:
            return lambda x, level: np.asarray(self.predict_image(x, levels_of(level, count)))
        weights = np.zeros((count, self.num_classes), "float32")
        if labels is not None:
            weights[np.arange(count), labels] = 1.0
        if labels is None or guidance == 1.0:
            return lambda x, level: np.asarray(self.predict_image(x, levels_of(level, count), weights))
        strength = np.full(count, guidance, "float32")
        return lambda x, level: np.asarray(self.predict_guided(x, levels_of(level, count), strength, weights))

    def guidance_of(self, guidance):
        return self.guidance if guidance is None else checks.number("guidance", guidance, 0, 100)

    def check_label(self, label):
        if label is not None and not self.num_classes:
            raise ValueError(f"label must be None: this model has no classes (num_classes=0); received {label!r}.")

    def normal(self, like, seed, first, stream):
        """Standard normal numbers of the images first, first + 1, ...: an array of the shape of `like`."""
        return noise.normal(self.image_shape, seed, first, first + len(like), stream)

    def mapped(self, fn, label, *arrays, size):
        """`fn(*rows, first, labels)` of `size` rows at a time of equally long arrays: what it returns, as one."""
        self.check_label(label)
        count = len(arrays[0])
        labels = None if label is None else checks.labels_asked(None if np.ndim(label) else count, label, self.num_classes)[1]
        if labels is not None and len(labels) != count:
            raise ValueError(f"label must be one class or as many as there are images, {count}; received {len(labels)}.")

        def part(first, last):
            return fn(*(array[first:last] for array in arrays), first, None if labels is None else labels[first:last])

        return blocks.drawn(part, count, size=size)


def levels_of(level, count):
    """One level, or one for each image, as float32 (count,)."""
    return np.broadcast_to(np.asarray(level, "float32"), (count,)).copy()
