"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CityFile = Annotated[Path, typer.Argument(help="city.toml, or the folder that holds it.")]
Script = Annotated[Path | None, typer.Option(help="Fault script (TOML): what breaks, and when.")]
Seed = Annotated[int | None, typer.Option(help="Of all randomness; equal seeds, equal cities.")]
Speed = Annotated[float, typer.Option(min=0.01, max=3600, help="City seconds per real second.")]
Seconds = Annotated[
    float | None, typer.Option("--for", min=0, help="Stop by itself after so many real seconds.")
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log what libraries say, too.")]
