"""What names look like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
POINT_PATTERN = r"^[a-z][a-z0-9_]{0,63}(\.[a-z0-9_]{1,64}){1,6}$"
PLACEHOLDER_PATTERN = r"^\{[a-z][a-z0-9_]{0,63}\}$"
OPCUA_URL_PATTERN = r"^opc\.tcp://[^@/?#\s]+(/\S*)?$"
HOST_PATTERN = r"^[^\s/@]{1,255}$"

IN_WORDS = {
    NAME_PATTERN: "a small letter, then small letters, digits and _, at most 64",
    POINT_PATTERN: "<site>.<signal> in small letters, digits and _, e.g. 'lvyou.pump1.power'",
    PLACEHOLDER_PATTERN: "a parameter in braces, e.g. '{scale}'",
    OPCUA_URL_PATTERN: "opc.tcp://<host>:<port>/<path>, without user and password",
    HOST_PATTERN: "a host name or an IP address",
}
"""What a pattern means, for the sentences."""

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
