"""Files of data sets as their makers published them: found in the user's folder or fetched, and compared with their sha256.

Nothing is unpacked to the disk, and nothing is trusted because of its name. A file that is there and right is never written
again, so a read-only folder will do.
"""

import dataclasses
import gzip
import lzma
import warnings

from kerasgen import files
from kerasgen.data import places
from kerasgen.download import MISSING, FileCorrupt, FileUnavailable, bring, checked_record, defect, mirrored

UNPACK = {".gz": gzip.decompress, ".xz": lzma.decompress}


@dataclasses.dataclass(frozen=True)
class RawFile:
    """One file of a data set.

    Args:
        path: Its name in the folder of the data set.
        bytes: Its size.
        sha256: Of the file as it is at the URLs.
        urls: Where its makers, or others, serve it at a fixed version; https only.
        packed: The same content compressed (.gz or .xz) under another name, which will do as well.
    """

    path: str
    bytes: int
    sha256: str
    urls: tuple[str, ...] = ()
    packed: "RawFile | None" = None

    @property
    def forms(self):
        """The files of which one is enough, the smaller one first."""
        return (self.packed, self) if self.packed else (self,)


def github(repository, commit, path):
    """URL of a file of a GitHub repository ("owner/name") at a commit."""
    return f"https://raw.githubusercontent.com/{repository}/{commit}/{path}"


def contents(about):
    """The files of a `DataSet`, downloaded if need be.

    They are looked for in the package, in `<KERASGEN_DATA>/raw/<folder>/`, below `data/<folder>/` of the servers in
    `KERASGEN_MIRROR`, and at the URLs of the declaration; `KERASGEN_OFFLINE` forbids the last two.

    Returns:
        {path: bytes}. The content of a file whose name ends in .gz or .xz is what was packed in it.

    Raises:
        FileUnavailable: Files cannot be found, or the folder cannot be written; the message says what to place where.
        FileCorrupt: The same, and at least one place has a wrong file under that name.
    """
    found = {}
    for file in about.files:
        found[file] = _find(about, file)
    for file, (path, wrong) in found.items():
        if path is None and not files.is_offline():
            path, failed = _fetch(about, file)
            found[file] = path, wrong + failed
            if path is None:
                break  # without a network each further file would cost the same wait
    absent = {file: problems for file, (path, problems) in found.items() if path is None}
    if absent:
        problems = [problem for listed in absent.values() for _, problem in listed]
        is_corrupt = any(getattr(problem, "corrupt", isinstance(problem, str)) for problem in problems)
        raise (FileCorrupt if is_corrupt else FileUnavailable)(_message(about, absent))
    return {file.path: _content(path) for file, (path, _) in found.items()}


def _find(about, file):
    """(path of a good copy on this machine or None, [(path of a wrong one, what is wrong with it)])."""
    wrong = []
    for folder in (places.packaged_folder(about), places.raw_folder(about)):
        for form in file.forms:
            path = folder / form.path
            problem = defect(path, _record(form))
            if problem is None:
                return path, []
            if problem != MISSING:
                wrong.append((path, problem))
                warnings.warn(f"{path} is not used: {problem}.", stacklevel=4)
    return None, wrong


def _fetch(about, file):
    """(path of the downloaded file or None, [(place, why it did not deliver)])."""
    folder, failed = places.raw_folder(about), []
    for form in file.forms:
        urls = {**mirrored(f"data/{folder.name}/{form.path}", ()), **dict.fromkeys(form.urls, False)}
        try:
            faults = bring(folder / form.path, _record(form), urls) if urls else []
        except FileUnavailable as error:
            cause = error.__cause__ or error
            return None, [*failed, (folder, OSError(f"cannot be written ({cause.strerror or cause})"))]
        if faults is None:
            return folder / form.path, []
        failed += faults
    return None, failed


def _record(form):
    return checked_record({"path": form.path, "bytes": form.bytes, "sha256": form.sha256})


def _content(path):
    content = path.read_bytes()
    return UNPACK[path.suffix](content) if path.suffix in UNPACK else content


def _message(about, absent):
    """What is missing, what was tried, and what to place where."""
    folder = places.raw_folder(about)
    lines = [f"Data set {about.name!r} cannot be read: this machine lacks {len(absent)} of its {len(about.files)} files."]
    for file, problems in absent.items():
        packed = f", or {file.packed.path} ({file.packed.bytes:,} bytes) beside it" if file.packed else ""
        lines.append(f"- {file.path} ({file.bytes:,} bytes, sha256 {file.sha256}): place it at {folder / file.path}{packed}.")
        lines += [f"  {place}: {problem}" for place, problem in problems]
        tried = [place for place, _ in problems]
        lines += [f"  not tried: {url}" for url in file.urls if url not in tried]
    if files.is_offline():
        lines.append("KERASGEN_OFFLINE forbids downloads.")
    if about.made and not all(file.urls for file in absent):
        lines.append(f"Files without an address were made so: {about.made}. Licence: {about.licence}.")
    lines.append(
        f"KERASGEN_DATA may name a folder that has these files in raw/{folder.name}/, KERASGEN_MIRROR the URL of a server that "
        f"has them in data/{folder.name}/."
    )
    return "\n".join(lines)
