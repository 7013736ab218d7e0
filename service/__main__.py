"""``python -m service`` is ``baotu``."""

from __future__ import annotations

from service.cli.app import main

main()
