"""``baotu init``: a folder to begin one's own city with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from service.cli.streams import note
from service.errors import ServiceError
from service.places import made_folder


def init(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
) -> None:
    """Write out the example city, to be changed into one's own.

    Example: baotu init my-city
    """
    from config.bundled import example_city

    made_folder(folder)
    if any(folder.iterdir()):
        raise ServiceError(f"{folder} is not empty: name a new folder, nothing was written")
    shutil.copytree(
        example_city().parent,
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.py"),
    )
    note(f"the example city is in {folder}: change it, then run `baotu check {folder}`")
