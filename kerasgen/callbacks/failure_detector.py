"""Watches a GAN's training for the ways in which GANs fail, and says what was seen, the likely cause and what to try."""

import importlib.util
import pathlib
import sys

import numpy as np

from kerasgen import checks
from kerasgen.callbacks.findings import REMEDIES, Finding
from kerasgen.data.ranges import to_float_images
from kerasgen.guards import StopOnNaN
from kerasgen.metrics.cells import Cells
from kerasgen.metrics.checks import feature_array
from kerasgen.metrics.copies import copying_z, nearest_distances

# Thresholds. Ratios are 1 for other real images. In brackets: 500 samples of dcgan-mnist and gan-mnist, by pixels and by the
# features of judge-mnist; short trainings on 4,000 images of MNIST and Fashion-MNIST that went well; trainings that failed.
FEW_MODES = 0.4  # of what held-out images visit (0.99 to 1.10; 0.5 and more once near the data; collapsed: 0.02 to 0.06)
FEW_DISTINCT = 0.4  # (1.02 to 1.22; 0.57 and more after the first epoch; collapsed: 0 to 0.15)
NEAR = 1.2  # farther from the training images than that the samples are still blurred, and all in the cell in the middle
FAR = 1.5  # (1.01 to 1.22; below after three epochs, by features later; noise: 2.2 and more)
FEW_LIVE = 0.1  # of held-out images' share of pixels off the ends of the range (1.4 to 1.7; 1.8 to 5.4; stuck: 0 to 0.05)
LEAST_LIVE = 0.01  # pixels of bits are all at the ends: they are not judged
ENDS = 0.999  # beyond, tanh passes on less than 1 - 0.999^2 = 0.2 % of the gradient
# Samples lie nearer to training images than held-out ones do: by chance once in a million (-0.5 to 10; -3 for blurred real
# images, which are near to everything; copies with noise: -27; half copies: -15; 150 epochs of the same 100 images: -8).
COPYING = -5.0
# And they lie near to training images rather than to held-out ones, which blur does not explain: least share of copies, and
# least number of its standard errors (at most 0.23 or 2.2; half copies: 0.5 or 5; noise, too, may be nearest to a few images).
COPIES, ERRORS = 0.3, 2.0
# Mean accuracy on real and generated images: equal distributions give 1/2. Trainings that went well were at 0.53 to 0.88, and
# others without a penalty are above 0.9: either end counts only where samples are much alike or far from the data, and do not
# come nearer by more than this within `patience` checks (140 trainings of small GANs that went well: at most 0.972 three times
# running, and nearer by 1.08 then; too strong ones: 0.999 to 1, and 0.98 to 1.005).
UNCENTRED = ("least_squares", "wasserstein")  # losses whose logits are not parted at 0, where accuracy counts
STRONG, WEAK, FOLLOW = 0.985, 0.52, 1.03
BALANCE = ("strong_discriminator", "weak_discriminator")
# With the minimax loss the slope of the generator's loss by a logit is sigmoid(D) < softplus(D), whose mean is minus the loss:
# log 2 where D is 0 (0.49 to 0.59; lost: 1e-4 and less).
VANISHED = 0.01
# No critic with slopes of 1 tells images of 500 x 500 pixels in [-1, 1] apart by more, and e^-1000 is no probability.
LARGE = 1000.0
GROWTH = 100.0  # losses in other units, such as nats an image, are large from the first batch on
CLIMB = 1.1  # a sign that gets better by more than this within `patience` checks is a training that is still young


class FailureDetector(StopOnNaN):
    """Measures samples after epochs, and names failures once they have lasted.

    Added to the epoch's logs, so that every other callback sees them (`fit` runs this one first):

        mode_share       effective number of k-means cells that samples visit, over that of as many held-out images
        distinct_ratio   mean distance of a sample to the nearest other one, over that of as many held-out images
        distance_ratio   mean distance of a sample to the nearest training image, over that of held-out images
        live_ratio       share of the pixels that are not at the ends of [-1, 1], over that of held-out images
        copying_z        test of distances to training images against those of held-out images; far below 0 for copies
        copies           estimated share of copies: how much more often a sample's nearest real image is a training image
                         than their share of the real images, over the share of held-out images; about 0 without copies
        balance          mean of real_accuracy and fake_accuracy, where the model tracks them

    A finding is made when a sign lasts `patience` checks without getting better, and at once when a loss is NaN (which ends
    the training as `StopOnNaN` does) or has grown beyond all bounds; each is reported once on standard error. Accuracies show
    too strong a player with the logistic and hinge losses; with least squares and critics, only samples and divergence count.

    Args:
        train_images: What the model learns from, (count, height, width, channels): uint8, or float in [-1, 1]. If they are only
            a part of it, copies of the rest are not detected.
        held_out_images: Real images that it does not learn from, of the same shape.
        features: Function images -> (count, features) in whose space everything is compared, such as `judge.features`; None
            for pixels.
        samples: Samples drawn at each check, 20 to 5000; never more than there are held-out images.
        every: Epochs from one check to the next, beginning with the first epoch.
        patience: Checks that a sign must last, 1 to 1000; together some hundred training steps.
        stop: Whether a finding ends the training.
        log_dir: Folder for TensorBoard, where findings are shown as text; None for none.

    Attributes:
        findings: A list of `Finding`, in the order found, of the last training.

    Raises:
        ValueError: An argument is out of range, or the held-out images are the training images or are all alike.
        FloatingPointError: A tracked value became NaN or infinite.
    """

    def __init__(
        self, train_images, held_out_images, features=None, samples=500, every=1, patience=3, stop=False, log_dir=None
    ):
        super().__init__()
        train = _images(train_images, "train_images")
        held_out = _images(held_out_images, "held_out_images", train.shape[1:])
        if features is not None and not callable(features):
            raise ValueError(f"features must be a function from images to vectors, or None for pixels; received {features!r}.")
        samples = checks.integer("samples", samples, 20, 5000)
        self.every = checks.integer("every", every, 1, 1_000_000)
        self.patience = checks.integer("patience", patience, 1, 1000)
        if not isinstance(stop, bool):
            raise ValueError(f"stop must be True or False; received {stop!r}.")
        self.stop, self.log_dir = stop, log_dir
        self.features = features
        self.shape = train.shape[1:]
        self.count = min(samples, len(held_out))
        self.findings, self.checked = [], {}

        self.train, self.held_out = self._vectors(train), self._vectors(held_out)
        few = self.held_out[: self.count]
        self.spread = float(nearest_distances(few).mean())
        self.real_distances = nearest_distances(self.held_out, self.train)
        if not self.spread > 0:
            raise ValueError("held_out_images must be different images; received equal ones.")
        if self.real_distances.mean() < 0.01 * self.spread:
            raise ValueError("held_out_images must hold other images than train_images; received the same.")
        self.training_share = len(train) / (len(train) + len(held_out))
        # Ten images a cell tell a full cell from an empty one; 5000 images place 50 centres well enough.
        self.cells = Cells(self.train[:5000], max(2, min(50, self.count // 10, len(train) // 10)))
        self.real_modes = self.cells.effective_number(few)
        self.real_live = _live(held_out)

    def _vectors(self, images):
        if self.features is None:
            return images.reshape(len(images), -1)
        vectors = feature_array("features(images)", self.features(images), min_count=1)
        if len(vectors) != len(images):
            raise ValueError(f"features must give a vector for each of {len(images)} images; received {len(vectors)}.")
        return vectors

    # What Keras calls

    def on_train_begin(self, logs=None):
        if "sample" not in getattr(self.model, "capabilities", ()):
            raise ValueError(f"model must have sample(count, seed=...); received a {type(self.model).__name__}.")
        shape = getattr(self.model, "image_shape", self.shape)
        if tuple(shape) != self.shape:
            raise ValueError(f"train_images must have the model's shape {tuple(shape)}; received {self.shape}.")
        self.findings, self.signs, self.first = [], {}, None
        self.writer = None
        if self.log_dir is not None:
            self.writer = _text_writer(self.log_dir)

    def on_train_batch_end(self, batch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        try:
            super().on_train_batch_end(batch, logs)
        except FloatingPointError:
            broken = {name: value for name, value in logs.items() if not np.isfinite(value)}
            self._find("not_a_number", f"{_listed(broken)} at step {batch}; {self._rates()}", logs)
            raise
        if self.first is None:
            self.first = logs
        large = {name: value for name, value in logs.items() if abs(value) > max(LARGE, GROWTH * abs(self.first.get(name, 0)))}
        if large:
            self._find("divergence", f"{_listed(large)} at step {batch}; {self._rates()}", logs)

    def on_epoch_end(self, epoch, logs=None):
        if epoch % self.every:
            return
        samples = np.asarray(self.model.sample(self.count, seed=0))  # the same latents each time: curves are smooth
        if not np.isfinite(samples).all():
            self._find("not_a_number", f"samples hold NaN or infinite values; {self._rates()}", dict(logs or {}))
            return
        measured = self.measure(samples)
        logs = {} if logs is None else logs
        if {"real_accuracy", "fake_accuracy"} <= set(logs) and getattr(self.model, "loss", None) not in UNCENTRED:
            measured["balance"] = (float(logs["real_accuracy"]) + float(logs["fake_accuracy"])) / 2
        logs.update(measured)
        signs = self._signs(measured, logs)
        for name in list(self.signs):
            if name not in signs:
                del self.signs[name]  # a sign must last without a break
        for name, (health, seen) in signs.items():
            course = self.signs.setdefault(name, [])
            course.append(health)
            recent = course[-self.patience :]
            climb = FOLLOW if name in BALANCE else CLIMB
            if len(recent) == self.patience and (self.patience == 1 or recent[-1] <= climb * recent[0]):
                self._find(name, seen, {key: float(value) for key, value in logs.items()})

    def on_train_end(self, logs=None):
        if self.writer is not None:
            self.writer.close()

    # What is measured, and what it means

    def measure(self, samples):
        """{name: number} of samples in [-1, 1], as many as are drawn at a check; names as in the class's description."""
        vectors = self._vectors(checks.images(samples, self.shape, name="samples"))
        to_training, to_held_out = nearest_distances(vectors, self.train), nearest_distances(vectors, self.held_out)
        measured = {
            "mode_share": self.cells.effective_number(vectors) / self.real_modes,
            "distinct_ratio": float(nearest_distances(vectors).mean()) / self.spread,
            "distance_ratio": float(to_training.mean() / self.real_distances.mean()),
        }
        if self.real_live >= LEAST_LIVE:
            measured["live_ratio"] = _live(samples) / self.real_live
        measured["copying_z"] = copying_z(to_training, self.real_distances)
        nearer = float(np.mean(to_training < to_held_out))
        measured["copies"] = (nearer - self.training_share) / (1 - self.training_share)
        return measured

    def _signs(self, measured, logs):
        """{name: (health, what was seen)} of the failures that this check shows; low health is bad, 1 is healthy."""
        modes, distinct, distance = (measured[name] for name in ("mode_share", "distinct_ratio", "distance_ratio"))
        signs = {}
        variety = f"samples visit {modes * self.real_modes:.1f} modes (as many held-out images {self.real_modes:.1f}) and"
        variety += f" lie {distinct:.2f} times as far from one another"
        diversity = min(distinct / FEW_DISTINCT, modes / FEW_MODES if distance < NEAR else np.inf)
        z, copies = measured["copying_z"], measured["copies"]
        error = np.sqrt(self.training_share / (1 - self.training_share) / self.count)
        # The distances of a few images say nothing about a training set; copies of many lie near to one another.
        if modes >= FEW_MODES and z < COPYING and copies > max(COPIES, ERRORS * error):
            near = f"{distance:.2f} times as far from the nearest training image as held-out images are (z = {z:.1f})"
            signs["memorised"] = COPYING / z, f"samples lie {near}; about {min(copies, 1):.0%} are copies"
        elif diversity < 1:
            signs["collapse"] = diversity, variety
        if (live := measured.get("live_ratio", 1.0)) < FEW_LIVE:
            off = f"{live * self.real_live:.2%} of the samples' pixels are off the ends of the range"
            signs["saturation"] = live / FEW_LIVE, f"{off} (of held-out images' {self.real_live:.2%})"
        quality = min(diversity, FAR / distance)
        balance = measured.get("balance")
        if balance is not None and quality < 1 and not WEAK <= balance <= STRONG:
            accuracies = f"accuracy {float(logs['real_accuracy']):.3f} on real, {float(logs['fake_accuracy']):.3f} on generated"
            seen = f"{accuracies} images; {variety}, {distance:.2f} times as far from the training images; {self._rates()}"
            signs["strong_discriminator" if balance > STRONG else "weak_discriminator"] = quality, seen
        if getattr(self.model, "loss", None) == "minimax" and "generator_loss" in logs:
            slope = -float(logs["generator_loss"])
            if slope < VANISHED:
                signs["vanished_signal"] = slope / VANISHED, f"the generator's slope by a logit is at most {slope:.1e}, of 0.5"
        return signs

    def _rates(self):
        optimizer = getattr(self.model, "optimizer", None)
        members = getattr(optimizer, "members", {"all": optimizer})
        found = (f"{name} {float(member.learning_rate):.2g}" for name, member in members.items() if member is not None)
        return "learning rates: " + ", ".join(found)

    def _find(self, name, seen, evidence):
        """Keeps and reports a finding, if it is the first of its name; ends the training if asked to."""
        if any(finding.name == name for finding in self.findings):
            return
        finding = Finding(name, self.epoch + 1, seen, evidence, *REMEDIES[name])
        self.findings.append(finding)
        print(finding, file=sys.stderr, flush=True)
        if self.writer is not None:
            import tensorflow as tf

            with self.writer.as_default():
                tf.summary.text(f"failure/{name}", str(finding).replace("\n", "  \n"), step=finding.epoch)
            self.writer.flush()  # a NaN ends the training before on_train_end
        if self.stop:
            self.model.stop_training = True


def _images(value, name, shape=None):
    """At least 20 images as float32 in [-1, 1]; uint8 is converted."""
    array = np.asarray(value)
    if array.ndim != 4 or len(array) < 20:
        allowed = "images of shape (count, height, width, channels), count at least 20"
        raise ValueError(f"{name} must be {allowed}; received shape {array.shape}.")
    if array.dtype == np.uint8:
        array = to_float_images(array)
    return checks.images(array, array.shape[1:] if shape is None else shape, name=name)


def _live(images):
    return float(np.mean(np.abs(images) <= ENDS))


def _listed(values):
    return ", ".join(f"{name} = {value:.4g}" for name, value in values.items())


def _text_writer(log_dir):
    """A TensorBoard writer; None, and a line that says so, where TensorFlow is not installed."""
    if importlib.util.find_spec("tensorflow") is None:
        print("TensorBoard logs need TensorFlow, which is not installed; findings go to the console only.", file=sys.stderr)
        return None
    import tensorflow as tf

    return tf.summary.create_file_writer(str(pathlib.Path(log_dir) / "failures"))
