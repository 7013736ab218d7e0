"""``baotu schema``: the JSON Schema of the city files, for editors."""

from __future__ import annotations

from service.cli.streams import say_json


def schema() -> None:
    """Print the JSON Schema of city.toml, so that editors complete and check it.

    Example: baotu schema > city.schema.json
    """
    from config.schema import schema as city_schema

    say_json(city_schema())
