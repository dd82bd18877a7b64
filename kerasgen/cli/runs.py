"""What trainings and searches have left behind: runs ls, runs rm."""

import dataclasses
import datetime
import sys
from pathlib import Path
from typing import Annotated

import typer

from kerasgen.cli.console import print_json, print_table
from kerasgen.cli.options import Json, flag

ROOT = typer.Argument(metavar="[FOLDER]", help="Where to look; runs/ if not given.")
FOLDERS = typer.Argument(metavar="FOLDER...", help="Folders that `kerasgen runs ls` shows.")

runs_app = typer.Typer(
    help="Look at the runs of trainings and searches, and remove them.",
    epilog="Example: kerasgen runs rm runs/finetune/my-model",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@dataclasses.dataclass(frozen=True)
class Found:
    """A folder that a training or a search works in."""

    folder: Path
    kind: str
    state: str
    size: int
    changed: float


@runs_app.command("ls", epilog="Example: kerasgen runs ls")
def list_runs(folder: Annotated[Path | None, ROOT] = None, as_json: Json = False):
    """List the runs, how far they are and how much room they take, the largest first."""
    from kerasgen.files import checkout

    root = folder or (checkout() or Path.cwd()) / "runs"
    if folder is not None and not folder.is_dir():
        raise ValueError(f"FOLDER must be a folder; received {str(folder)!r}.")
    found = sorted(find_runs(root), key=lambda run: -run.size)
    if as_json:
        return print_json([{**dataclasses.asdict(run), "folder": str(run.folder)} for run in found])
    if found:
        rows = [(shown(run.folder), run.kind, run.state, megabytes(run.size), day(run.changed)) for run in found]
        print_table(("folder", "kind", "state", "size", "changed"), rows)
    print(f"{len(found)} runs in {shown(root)}, {megabytes(sum(run.size for run in found))}.", file=sys.stderr)


@runs_app.command("rm", epilog="Example: kerasgen runs rm runs/finetune/my-model --yes")
def remove_runs(folders: Annotated[list[Path], FOLDERS], yes: flag("--yes", "Do not ask.") = False):
    """Remove runs: their checkpoints, histories and logs. Models that were written elsewhere stay.

    Only folders that are runs, hold nothing else and are not in use can be removed.
    """
    found = [described(folder) for folder in folders]
    for folder, run in zip(folders, found, strict=True):
        if run is None:
            raise ValueError(f"{folder} is not the folder of a run: it holds neither progress.json nor search.json of one.")
        check_removable(run)
    total = megabytes(sum(run.size for run in found))
    if not yes:
        for run in found:
            print(f"{shown(run.folder)}: {run.kind}, {run.state}, {megabytes(run.size)}", file=sys.stderr)
        if not sys.stdin.isatty():
            raise ValueError(f"Nothing was removed ({total}): pass --yes where nobody can be asked.")
        typer.confirm(f"Remove {'it' if len(found) == 1 else f'these {len(found)}'} ({total})?", abort=True, err=True)
    for run in found:
        remove(run)
        print(shown(run.folder))


def find_runs(root):
    """The runs in a folder and in those below it; links are not followed, and what lies within a run belongs to it."""
    if not root.is_dir() or root.is_symlink():
        return []
    if (run := described(root)) is not None:
        return [run]
    return [run for path in sorted(root.iterdir()) if path.is_dir() for run in find_runs(path)]


def described(folder):
    """The `Found` of a folder, or None if it is no run."""
    from kerasgen.json_files import check_fields, read_object
    from kerasgen.training.run import KINDS, PROGRESS
    from kerasgen.tuning.folder import SETTINGS

    if folder.is_symlink() or not folder.is_dir():
        return None
    try:
        if (folder / SETTINGS).is_file():
            settings = read_object(folder / SETTINGS)
            check_fields(settings, {"recipe": str, "tuner": str, "space": dict}, str(folder))
            kind, state = f"search of {settings['recipe']}", f"{len(list(folder.glob('trial_*')))} trials"
        elif (folder / PROGRESS).is_file():
            progress = read_object(folder / PROGRESS)
            check_fields(progress, KINDS, str(folder))
            settings = progress["settings"]
            name = settings.get("recipe", "a model")
            kind = f"fine-tuning of {settings['from']}" if "from" in settings else f"training of {name}"
            state = f"{len(progress['history'])} epochs"
        else:
            return None
    except ValueError:
        return None
    files = [path.stat() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    state += ", in use" if in_use(folder) else ""
    return Found(folder, kind, state, sum(file.st_size for file in files), max(file.st_mtime for file in files))


def in_use(folder):
    """Whether a process holds the run."""
    import filelock

    from kerasgen.training.run import LOCK

    if not (folder / LOCK).exists():
        return False
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:  # in a folder that may not be written
        return False
    lock.release()
    return False


def own(folder):
    """(patterns of a run's files, the file that marks it)."""
    from kerasgen.json_files import read_object
    from kerasgen.training.run import OWN, PROGRESS
    from kerasgen.tuning.folder import SETTINGS, own_files

    if (folder / SETTINGS).is_file():
        return own_files(read_object(folder / SETTINGS)), SETTINGS
    return OWN, PROGRESS


def check_removable(run):
    """Raises a ValueError if the run is in use, or if its folder holds what no run writes."""
    from kerasgen.training.run import require_own

    if in_use(run.folder):
        raise ValueError(f"{run.folder} is in use by a process that trains in it: nothing was removed.")
    try:
        require_own(run.folder, *own(run.folder))
    except ValueError as error:
        raise ValueError(f"Nothing was removed. {str(error).rpartition(':')[0]}: move them away first.") from None


def remove(run):
    """Removes the files of a run, and its folder, while it is held."""
    from kerasgen.files import remove_files
    from kerasgen.training.run import HOLDER, LOCK, held

    with held(run.folder):
        check = own(run.folder)
        remove_files(run.folder, [pattern for pattern in check[0] if pattern not in (HOLDER, LOCK)])
        for path in sorted(run.folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()


def shown(path):
    """A path as short as it can be."""
    path = Path(path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def megabytes(size):
    return f"{size / 1e6:,.1f} MB"


def day(seconds):
    return datetime.datetime.fromtimestamp(seconds).isoformat(" ", "minutes")
