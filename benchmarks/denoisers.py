"""denoiser-mnist beside a median filter and non-local means of scikit-image, their settings chosen on validation images.

    python benchmarks/denoisers.py            # PSNR and SSIM on test images with noise of 0.2, 0.4 and 0.6
    python benchmarks/denoisers.py --record   # and adds the filters' PSNR to the card of denoiser-mnist

Non-local means is told the deviation of the noise, which denoiser-mnist is not. Results go to results/denoisers.md. Needs
`pip install ".[test]"`.
"""

import argparse
import json
import pathlib

import numpy as np

import kerasgen
from kerasgen import data, metrics
from kerasgen.data import to_float_images
from kerasgen.scores.denoising import SIGMAS, clipped, with_noise
from kerasgen.scores.intervals import with_interval
from kerasgen.training.release import record_scores

RESULTS = pathlib.Path(__file__).parent / "results"
NAME = "denoiser-mnist"
MEDIANS = (3, 5)  # pixels a side
STRENGTHS = (0.4, 0.6, 0.8, 1.0, 1.3)  # h of non-local means, in deviations of the noise


def median(images, size):
    """Each pixel the median of a square around it; images with one channel."""
    from skimage.filters import median as filtered

    return np.stack([filtered(image, np.ones((size, size)))[..., None] for image in images[..., 0]])


def non_local_means(images, strength, sigma):
    """Each pixel a mean of those whose 5x5 neighbourhoods are alike; images with one channel in [-1, 1]."""
    from skimage.restoration import denoise_nl_means as filtered

    options = {"patch_size": 5, "patch_distance": 7, "h": strength * 2 * sigma, "sigma": 2 * sigma, "fast_mode": True}
    return np.stack([filtered(image, **options)[..., None] for image in images[..., 0]])


def filters(sigma):
    """{name: [functions of noisy images, one a setting]}."""
    return {
        "median filter": [lambda x, size=size: median(x, size) for size in MEDIANS],
        "non-local means": [lambda x, strength=strength: non_local_means(x, strength, sigma) for strength in STRENGTHS],
    }


def quality(cleaned, images):
    """(PSNR, SSIM) of each image."""
    cleaned = clipped(cleaned)
    return metrics.psnr(cleaned, images), metrics.ssim(cleaned, images)


def best(settings, noisy, images):
    """The setting with the highest mean PSNR."""
    return max(settings, key=lambda setting: np.mean(quality(setting(noisy), images)[0]))


def compare(model, splits, count, chosen_on):
    """{sigma: {method: (PSNR, SSIM) of each test image}}; every method gets the noisy images as they are, not clipped."""
    validation, test = (to_float_images(splits[part]["image"][:n]) for part, n in (("validation", chosen_on), ("test", count)))
    found = {}
    for sigma in SIGMAS:
        noisy, tried = with_noise(test, sigma), with_noise(validation, sigma)
        found[sigma] = {"noisy, clipped": quality(noisy, test)}
        for name, settings in filters(sigma).items():
            found[sigma][name] = quality(best(settings, tried, validation)(noisy), test)
        found[sigma][NAME] = quality(model.denoise(noisy), test)
    return found


def table(found):
    lines = ["| noise | method | PSNR in dB | SSIM |", "|---|---|---|---|"]
    for sigma, methods in found.items():
        lines += [f"| {sigma} | {name} | {np.mean(a):.2f} | {np.mean(b):.3f} |" for name, (a, b) in methods.items()]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="add the filters' numbers to the entry and the card")
    parser.add_argument("--count", type=int, default=2000, help="test images")
    arguments = parser.parse_args()
    found = compare(kerasgen.load(NAME), data.load("mnist"), arguments.count, 200)
    words = f"The first {arguments.count} test images of MNIST; deviations of pixels in [0, 1]; settings chosen on 200 others."
    lines = ["# denoiser-mnist beside filters", "", f"{words} Made by `python benchmarks/denoisers.py`.", "", *table(found), ""]
    (RESULTS / "denoisers.md").write_text("\n".join(lines), encoding="utf-8")
    scores = {}
    for sigma, methods in found.items():
        protocol = f"scikit-image, settings chosen on validation images; noise {sigma}, the first {arguments.count} images"
        for name in ("median filter", "non-local means"):
            scores[f"psnr_{name.replace(' ', '_').replace('-', '_')}_{round(100 * sigma)}"] = with_interval(
                np.mean,
                methods[name][0],
                protocol=protocol,
                label=f"PSNR in dB, {name}, noise {sigma}",
                better="higher",
                reference=np.mean(methods[NAME][0]),
            )
    recorded = {name: score.to_dict() for name, score in scores.items()}
    (RESULTS / "denoisers.json").write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines))
    if arguments.record:
        record_scores(NAME, scores)


if __name__ == "__main__":
    main()
