"""Metrics of generated data: functions of feature and probability arrays, in NumPy alone.

To score a model, load a judge, compute the features of real and of generated data, and pass them in.
"""

from kerasgen.metrics.cells import Cells
from kerasgen.metrics.classes import class_shares, label_agreement, mean_top_probability
from kerasgen.metrics.copies import copying_z, nearest_distances, share_nearer
from kerasgen.metrics.frechet import Moments, frechet_distance, frechet_distance_from_moments
from kerasgen.metrics.intervals import Interval, bootstrap_interval, share_interval
from kerasgen.metrics.kernel import kernel_distance
from kerasgen.metrics.manifold import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    density_coverage_points,
    precision_recall,
    precision_recall_points,
)
from kerasgen.metrics.neighbours import Neighbours, nearest_images
from kerasgen.metrics.principal import PrincipalComponents
from kerasgen.metrics.quality import psnr, ssim

__all__ = [
    "Cells",
    "DensityCoverage",
    "Interval",
    "Moments",
    "Neighbours",
    "PrecisionRecall",
    "PrincipalComponents",
    "bootstrap_interval",
    "class_shares",
    "copying_z",
    "density_coverage",
    "density_coverage_points",
    "frechet_distance",
    "frechet_distance_from_moments",
    "kernel_distance",
    "label_agreement",
    "mean_top_probability",
    "nearest_distances",
    "nearest_images",
    "precision_recall",
    "precision_recall_points",
    "psnr",
    "share_interval",
    "share_nearer",
    "ssim",
]
