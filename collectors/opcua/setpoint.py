"""A setpoint becomes a variant of the node's own type. Pure."""

from __future__ import annotations

from asyncua import ua

from collectors.link import Refused

_INTEGERS = {
    ua.VariantType.SByte: (-(2**7), 2**7 - 1),
    ua.VariantType.Byte: (0, 2**8 - 1),
    ua.VariantType.Int16: (-(2**15), 2**15 - 1),
    ua.VariantType.UInt16: (0, 2**16 - 1),
    ua.VariantType.Int32: (-(2**31), 2**31 - 1),
    ua.VariantType.UInt32: (0, 2**32 - 1),
    ua.VariantType.Int64: (-(2**63), 2**63 - 1),
    ua.VariantType.UInt64: (0, 2**64 - 1),
}

_BUILT_IN: dict[object, ua.VariantType] = {
    kind.value: kind
    for kind in (
        ua.VariantType.Boolean,
        ua.VariantType.Float,
        ua.VariantType.Double,
        *_INTEGERS,
    )
}


def built_in_type(declared: object) -> ua.VariantType | None:
    """The variant type of a node's declared data type, None for one that is not built in."""
    if isinstance(declared, ua.NodeId) and declared.NamespaceIndex == 0:
        return _BUILT_IN.get(declared.Identifier)
    return None


def variant(kind: ua.VariantType | None, raw: float, signal: str) -> ua.Variant | Refused:
    """The variant to write, or why the node cannot hold the number.

    Args:
        kind: type of the node's present value.
        raw: in the node's unit.
        signal: named in a refusal.
    """
    if kind in (ua.VariantType.Float, ua.VariantType.Double):
        return ua.Variant(raw, kind)
    if kind is ua.VariantType.Boolean and raw in (0.0, 1.0):
        return ua.Variant(bool(raw), kind)
    if kind in _INTEGERS:
        low, high = _INTEGERS[kind]
        if low <= round(raw) <= high:
            return ua.Variant(round(raw), kind)
    name = kind.name if kind is not None else "empty"
    return Refused(f"{signal}: {raw:g} cannot be held by a node of type {name}")
