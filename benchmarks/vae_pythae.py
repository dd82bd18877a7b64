"""Training a VAE by kerasgen and by pythae (PyTorch), on the CPU: seconds an epoch, and the bound after as many epochs.

    pip install torch pythae
    python benchmarks/vae_pythae.py           # three rounds of four epochs each, in turns; needs an otherwise idle machine
    python benchmarks/vae_pythae.py --quick   # does it run? The numbers mean little and are not kept

Both train the same encoder and decoder (those of vae-mnist; PyTorch's layers are in peers/pytorch.py) by the evidence lower
bound with one latent an image, from the same kind of start, on the same bits of MNIST, shuffled in every epoch, in batches of
the same size, with Adam of the same constants. pythae's trainer runs as it comes (version 0.1.2); it keeps a copy of the best
model after an epoch. kerasgen updates averages of the weights after each step, from which its bound comes. Bounds are of the
same test images, one latent each. Seconds are of all epochs but the first of each round, which holds the compiling and is
reported by itself; the order changes from round to round, and each training has a process of its own. The goal is at most 0.9
times pythae's time. Results go to results/vae-pythae.md and .json; a side that is not installed is reported as not run.
"""

import argparse
import functools
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from timing import summary

RESULTS = pathlib.Path(__file__).parent / "results"
NETWORKS = {"latent_dim": 40, "widths": (32, 64), "blocks": 1, "hidden_dim": 256}
RATE, EPSILON = 1e-3, 1e-7
GOAL = 0.9
NEEDED = {"kerasgen": ("tensorflow",), "pythae": ("torch", "pythae")}
BITS = 1  # seed of the bits


def bits(images, test_images):
    """Training and test images of -1 and 1: float32 (count, 28, 28, 1)."""
    from kerasgen import data

    splits = data.load("mnist")
    parts = (("train", images), ("test", test_images))
    return tuple(data.binarise(splits[part]["image"][:count], seed=BITS) for part, count in parts)


def kerasgen_side(train, test, epochs, batch_size, seed):
    """(seconds of each epoch, mean bound of the test images, parameters)."""
    import keras

    from kerasgen.models.vae.vae import VAE

    class Clock(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.start)

    keras.utils.set_random_seed(seed)
    model, clock = VAE(**NETWORKS, seed=seed), Clock()
    model.compile(keras.optimizers.Adam(RATE, epsilon=EPSILON))
    model.fit(train, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=[clock])
    parameters = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return clock.seconds, float(model.elbo(test).mean()), parameters


def pythae_side(train, test, epochs, batch_size, seed):
    """(seconds of each epoch, mean bound of the test images, parameters)."""
    import torch
    from peers.pytorch import VAE as Layers
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(seed)
    layers = Layers(train_samples=1, **NETWORKS)

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.features, self.mean, self.log_variance = layers.encoder, layers.mean, layers.log_variance

        def forward(self, x):
            hidden = self.features(2 * x - 1)  # pythae's images are in [0, 1]
            return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_variance(hidden))

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.layers = layers.decoder

        def forward(self, z):
            return ModelOutput(reconstruction=torch.sigmoid(self.layers(z)))  # its likelihood takes probabilities

    class Clock(TrainingCallback):
        def __init__(self):
            self.seconds = []

        def on_epoch_begin(self, training_config, **kwargs):
            self.start = time.perf_counter()

        def on_epoch_end(self, training_config, **kwargs):
            self.seconds.append(time.perf_counter() - self.start)

    def tensor(images):
        return torch.from_numpy(images.transpose(0, 3, 1, 2) * 0.5 + 0.5)

    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=NETWORKS["latent_dim"], reconstruction_loss="bce")
    model, clock = VAE(config, encoder=Encoder(), decoder=Decoder()), Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=epochs,
            per_device_train_batch_size=batch_size,
            optimizer_cls="Adam",
            optimizer_params={"eps": EPSILON},
            learning_rate=RATE,
            keep_best_on_train=True,
            no_cuda=True,
            seed=seed,
        )
        pixels = tensor(train)
        trainer = BaseTrainer(
            model=model,
            train_dataset=BaseDataset(pixels, torch.zeros(len(pixels))),
            training_config=settings,
            callbacks=[clock],
        )
        trainer.train()
    model.eval()
    with torch.no_grad():
        bounds = [-model({"data": part}).loss.item() * len(part) for part in tensor(test).split(500)]
    return clock.seconds, sum(bounds) / len(test), sum(p.numel() for p in model.parameters() if p.requires_grad)


def missing(side):
    """Why a side cannot be run, or None."""
    absent = [package for package in NEEDED[side] if importlib.util.find_spec(package) is None]
    return f"{' and '.join(absent)} not installed" if absent else None


def in_a_process(side, seed, arguments):
    """What a side's training found, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--seed", str(seed)]
    for name in ("images", "test_images", "epochs", "batch_size"):
        command += [f"--{name.replace('_', '-')}", str(getattr(arguments, name))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the training by {side} ended with exit code {done.returncode}; see its messages above")
    return json.loads(done.stdout.splitlines()[-1])


def rounds(count, run):
    """{side: [what `run(side, seed)` found in each round] or why it was not run}; the order changes from round to round."""
    found = {side: missing(side) or [] for side in NEEDED}
    for seed in range(count):
        for side in list(found)[:: -1 if seed % 2 else 1]:
            if isinstance(found[side], list):
                found[side].append(run(side, seed))
                print(side, found[side][-1], flush=True)
    return found


def table(found):
    """The sides in Markdown, and whether the goal was met."""
    lines = ["| side | seconds an epoch (quartiles) | first epoch | bound in nats (least to greatest) |", "|---|---|---|---|"]
    medians = {}
    for side, runs in found.items():
        if isinstance(runs, str):
            lines.append(f"| {side} | not run: {runs} | - | - |")
            continue
        medians[side], (low, high) = summary([seconds for run in runs for seconds in run["seconds"][1:]])
        first, bounds = summary([run["seconds"][0] for run in runs])[0], [run["bound"] for run in runs]
        lines.append(
            f"| {side} | {medians[side]:.2f} ({low:.2f} to {high:.2f}) | {first:.2f} | "
            f"{np.mean(bounds):.2f} ({min(bounds):.2f} to {max(bounds):.2f}) |"
        )
    if len(medians) < 2:
        return [*lines, "", "No comparison: one side was not run."]
    if len({run["parameters"] for runs in found.values() for run in runs}) > 1:
        return [*lines, "", "No comparison: the sides have different numbers of parameters."]
    ratio = medians["kerasgen"] / medians["pythae"]
    return [*lines, "", f"kerasgen takes {ratio:.2f} of pythae's time; goal {GOAL}: {'met' if ratio <= GOAL else 'missed'}."]


def page(results):
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return "\n".join(
        [
            "# A VAE trained by kerasgen and by pythae",
            "",
            "Made by `python benchmarks/vae_pythae.py`, whose first lines say what is compared.",
            f"{results['rounds']} rounds of {results['epochs']} epochs of {results['images']:,} images in batches of "
            f"{results['batch_size']}; bounds of {results['test_images']:,} test images. {results['hardware']}, load average "
            f"{results['load_before']} before the start; {versions}.",
            "",
            *table(results["found"]),
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of two short epochs; nothing is written")
    parser.add_argument("--rounds", type=int, default=3, help="trainings of each side")
    parser.add_argument("--epochs", type=int, default=4, help="of each training, at least 2")
    parser.add_argument("--images", type=int, default=20_000, help="training images")
    parser.add_argument("--test-images", type=int, default=2000)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--side", choices=NEEDED, help=argparse.SUPPRESS)  # one training, in this process
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.epochs < 2:
        parser.error(f"--epochs must be at least 2: the first is not counted; received {arguments.epochs}")
    if arguments.quick:
        arguments.rounds, arguments.epochs, arguments.images, arguments.test_images = 1, 2, 1280, 200
    if arguments.side:
        train = {"kerasgen": kerasgen_side, "pythae": pythae_side}[arguments.side]
        parts = bits(arguments.images, arguments.test_images)
        seconds, bound, parameters = train(*parts, arguments.epochs, arguments.batch_size, arguments.seed)
        print(json.dumps({"seconds": seconds, "bound": bound, "parameters": parameters}))
        return
    from kerasgen.training.release import hardware

    packages = ("kerasgen", "keras", "tensorflow", "torch", "pythae")
    results = {
        **{name: getattr(arguments, name) for name in ("rounds", "epochs", "images", "test_images", "batch_size")},
        "hardware": hardware(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {name: importlib.metadata.version(name) for name in packages if importlib.util.find_spec(name)},
        "found": rounds(arguments.rounds, functools.partial(in_a_process, arguments=arguments)),
    }
    print(page(results))
    if not arguments.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "vae-pythae.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "vae-pythae.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
