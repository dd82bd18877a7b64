"""What needs several of the packages: a training with the values that a search has found."""

from kerasgen.training.recipe import load_recipe
from kerasgen.training.runner import train_recipe
from kerasgen.tuning.results import with_best_values


def train(name_or_path, output=None, run_folder=None, resume=False, restart=False, smoke=False, full=True, from_search=False):
    """Trains a recipe, scores the model and writes checkpoint, card, samples and entry.

    Args:
        name_or_path: A recipe of the zoo, or a Python file that defines `recipe`.
        output: Directory for the result. None: a recipe of the zoo, run in a checkout, becomes its zoo entry; anything
            else goes to a directory named after the recipe.
        run_folder: Where the run keeps its state, history and logs; None for runs/<name>.
        resume: Continue from the last checkpoint in that folder, bit-equal to a run that was never stopped (on one machine).
        restart: Discard the run that the folder holds.
        smoke: Two tiny steps on the samples inside the package, to see that everything works; never becomes a zoo entry.
        full: Compute the scores that take long, too.
        from_search: Use the values that `kerasgen tune` found best.

    Returns:
        Path of the directory that `kerasgen.load` opens.

    Raises:
        ValueError: Unknown recipe, a run folder that is in use or belongs to other settings, or no search results to use.
        FloatingPointError: A loss became NaN; the last good checkpoint is kept.
    """
    recipe, recipe_path = load_recipe(name_or_path)
    if from_search:
        recipe = with_best_values(recipe, recipe_path)
    return train_recipe(recipe, recipe_path, output, run_folder, resume, restart, smoke, full)
