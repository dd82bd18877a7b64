"""Types of the public names, which `__init__.py` imports when they are used; a test compares them with the code."""

import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

from kerasgen import blocks as blocks
from kerasgen import callbacks as callbacks
from kerasgen import data as data
from kerasgen import latents as latents
from kerasgen import layers as layers
from kerasgen import losses as losses
from kerasgen import metrics as metrics
from kerasgen import modalities as modalities
from kerasgen import models as models
from kerasgen import noise as noise
from kerasgen import plots as plots
from kerasgen import samplers as samplers
from kerasgen import schedules as schedules
from kerasgen import scores as scores
from kerasgen import tokenizers as tokenizers
from kerasgen import training as training
from kerasgen import tuning as tuning
from kerasgen import zoo as zoo
from kerasgen.evaluation import Check
from kerasgen.exact import ExactModel as ExactModel
from kerasgen.model import GenerativeModel as GenerativeModel
from kerasgen.optimizers import OptimizerGroup as OptimizerGroup
from kerasgen.score import Score as Score
from kerasgen.training.recipe import Recipe as Recipe

__version__: str
__all__: list[str]

Path = str | os.PathLike[str]

def load(
    name: Path, dtype: Any = None, pretrained: bool = True, learning_rate: float | None = None, **changes: Any
) -> GenerativeModel: ...
def list_models(
    pattern: str | None = None,
    family: str | None = None,
    data: str | None = None,
    modality: str | None = None,
    can: str | None = None,
    max_params: float | None = None,
) -> list[str]: ...
def info(name: Path) -> dict[str, Any]: ...
def evaluate(name: Path, full: bool = False) -> dict[str, Score]: ...
def verify(name: Path, scores: bool = False) -> list[Check]: ...
def train(
    name_or_path: Path,
    output: Path | None = None,
    run_folder: Path | None = None,
    resume: bool = False,
    restart: bool = False,
    smoke: bool = False,
    full: bool = True,
    from_search: bool = False,
) -> pathlib.Path: ...
def finetune(
    name: Path,
    source: Path,
    steps: int | None = None,
    minutes: float | None = None,
    freeze: Iterable[str] = (),
    learning_rate: float | None = None,
    output: Path | None = None,
    run_folder: Path | None = None,
    resume: bool = False,
    restart: bool = False,
    seed: int = 0,
    every: int = 100,
    drop_unknown: bool = False,
    skip_broken: bool = False,
    full: bool = False,
    keep_worse: bool = False,
    extend_vocabulary: bool = False,
) -> pathlib.Path: ...
def save(
    model: GenerativeModel,
    folder: Path,
    title: str | None = None,
    data: str = "data of one's own",
    notes: str = "",
    licence: str | None = None,
    modality: str | None = None,
    dtype: str = "float16",
) -> pathlib.Path: ...
def tune(
    name_or_path: Path,
    trials: int | None = None,
    minutes: float | None = None,
    tuner: str = "random",
    run_folder: Path | None = None,
    resume: bool = False,
    restart: bool = False,
    smoke: bool = False,
) -> pathlib.Path | None: ...
def portable_step(step: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Any, Any], dict[str, Any]]: ...
def input_gradients(fn: Callable[[Any], Any], inputs: Any, model: GenerativeModel) -> Any: ...
