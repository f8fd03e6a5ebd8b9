"""The student's own files on their way into the sandbox, and the names they may not take.

In Jupyter the notebook's folder comes first on sys.path, so a file `random.py` beside the notebook replaces Python's
`random` for every library. Such files are left out of the sandbox; `shadowing` lists them for the student.
"""

from __future__ import annotations

import importlib.machinery
import io
import os
import stat
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

# Modules of the standard library nobody needs, under names students like to use.
_HARMLESS = {"test", "this", "antigravity", "idlelib", "turtledemo", "turtle", "lib2to3"}
_LIBRARIES = """
IPython PIL PyQt5 PyQt6 attr attrs autograder certifi cffi cloudpickle comm contourpy cupy cv2 cycler dateutil debugpy
decorator executing fastjsonschema filelock fontTools fsspec functorch hypothesis ipykernel ipykernel_launcher
ipywidgets jax jedi jinja2 joblib jsonschema jupyter jupyter_client jupyter_core keras kiwisolver llvmlite markupsafe
matplotlib matplotlib_inline mpl_toolkits mpmath nbclient nbconvert nbformat nbgrader nest_asyncio networkx numba numpy
nvidia packaging pandas parso pexpect pip pkg_resources platformdirs plotly prompt_toolkit psutil ptyprocess pure_eval
pyarrow pygments pylab pyparsing pytest pytz requests rich safetensors scipy seaborn setuptools six skimage sklearn
sortedcontainers stack_data statsmodels sympy tensorflow threadpoolctl torch torchaudio torchgen torchvision tornado
tqdm traitlets triton typing_extensions urllib3 wcwidth yaml zmq
"""
PROTECTED = (frozenset(sys.stdlib_module_names) - _HARMLESS) | frozenset(_LIBRARIES.split())
_COMPILED = "__pycache__"  # Python may take what lies in it for a module, whatever the module's file says
_SUFFIXES = tuple(sorted(importlib.machinery.all_suffixes(), key=len, reverse=True))


def shadowing(folder: Path) -> list[str]:
    """Return the names of files and packages in a folder that would replace a library, sorted."""
    return sorted(entry.name for entry in os.scandir(folder) if _shadows(Path(entry.path)))


def _shadows(path: Path) -> bool:
    """A folder that is no package never wins against a library: it may be called anything."""
    if path.is_dir():
        return path.name in PROTECTED and any((path / f"__init__{suffix}").exists() for suffix in _SUFFIXES)
    suffix = next((suffix for suffix in _SUFFIXES if path.name.endswith(suffix)), None)
    return suffix is not None and path.name.removesuffix(suffix) in PROTECTED


@dataclass
class Packed:
    """A tar archive in a memory file, and what is not in it."""

    descriptor: int
    left_out: list[str] = field(default_factory=list)  # a sentence each


def pack(folder: Path, size: int, file_size: int, count: int) -> Packed:
    """Pack the regular files below a folder: no links, no devices, nothing that shadows a library or another file.

    `size` is the limit for all files together and `file_size` for one of them, in bytes, `count` the limit on files and
    folders; what goes beyond is left out, in the order of the names. The caller closes the descriptor.
    """
    packed = Packed(os.memfd_create("files", os.MFD_CLOEXEC))
    shadows = set(shadowing(folder))
    packed.left_out += [f"{name} was left out: it has the name of a library" for name in sorted(shadows)]
    with os.fdopen(os.dup(packed.descriptor), "wb") as file, tarfile.open(fileobj=file, mode="w:") as archive:
        for at, folders, names in os.walk(folder):
            inside = Path(at).relative_to(folder)
            if inside == Path():
                folders[:] = [name for name in folders if name not in shadows]
                names = [name for name in names if name not in shadows]
            folders[:] = sorted(name for name in folders if name != _COMPILED)
            for name in [*folders, *sorted(names)]:
                count -= 1
                size -= _add(archive, Path(at, name), str(inside / name), packed, min(size, file_size), count)
    return packed


def _add(archive: tarfile.TarFile, path: Path, name: str, packed: Packed, room: int, count: int) -> int:
    """Add one entry; return the bytes used. Whatever the path is now, only a regular file is ever read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        packed.left_out.append(f"{name} was left out: {error.strerror} (links are not followed)")
        return 0
    with os.fdopen(descriptor, "rb", closefd=True) if not path.is_dir() else _Folder(descriptor) as file:
        status = os.fstat(descriptor)
        if count < 0:
            packed.left_out.append(f"{name} was left out: there are too many files")
            return 0
        entry = tarfile.TarInfo(name)
        entry.mtime = int(status.st_mtime)
        if stat.S_ISDIR(status.st_mode):
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
            return 0
        if not stat.S_ISREG(status.st_mode):
            packed.left_out.append(f"{name} was left out: it is not an ordinary file")
            return 0
        if status.st_size > room:
            packed.left_out.append(f"{name} was left out: it is too large ({status.st_size / 2**20:.0f} MiB)")
            return 0
        content = file.read(status.st_size)
        entry.size, entry.mode = len(content), 0o755 if status.st_mode & 0o100 else 0o644
        archive.addfile(entry, io.BytesIO(content))
        return entry.size


class _Folder(io.RawIOBase):
    """Closes a folder's descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1
