"""The files a browser loads: ours in ``static/``, other people's in ``vendor/``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from console.errors import BrowserFilesError

HERE = Path(__file__).parent
STATIC = HERE / "static"
VENDOR = HERE / "vendor"
TEMPLATES = HERE / "templates"

VENDOR_FILES = ("uPlot.esm.js", "uPlot.min.css", "uPlot.LICENSE")


def require_browser_files(vendor: Path = VENDOR) -> None:
    """Refuse to go on without the third-party browser files.

    They are not kept in version control: building or installing the package fetches them, and
    ``git clean`` takes them away from an editable install.

    Args:
        vendor: the folder where they must stand.

    Raises:
        BrowserFilesError: which files are missing, where, and what to do.
    """
    missing = [name for name in VENDOR_FILES if not (vendor / name).is_file()]
    if missing:
        raise BrowserFilesError(
            f"the console cannot start: {', '.join(missing)} missing in {vendor}; "
            "run 'make install' (or 'pip install -e .') in the source tree to fetch them, "
            "or install the released wheel, which carries them"
        )


def build_fingerprint(*folders: Path) -> str:
    """16 hex digits over names and contents; a page reloads only when they have changed.

    Args:
        folders: e.g. ``static/`` and ``templates/``.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            digest.update(str(file.relative_to(folder)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
