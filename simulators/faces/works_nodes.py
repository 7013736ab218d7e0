"""The nodes of a works: one variable per signal, with its range and unit (OPC UA Part 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua.ua.uaprotocol_auto import (
    AddNodesItem,
    EUInformation,
    NodeClass,
    Range,
)
from asyncua.ua.uaprotocol_hand import ObjectAttributes, VariableAttributes
from asyncua.ua.uatypes import (
    AccessLevel,
    Byte,
    DataValue,
    LocalizedText,
    NodeId,
    QualifiedName,
    StatusCode,
    ValueRank,
    Variant,
    VariantType,
)

from simulators.faces.ua import ObjectIds, StatusCodes, named, standard, status
from simulators.instruments import Condition
from telemetry.kinds import Kind

if TYPE_CHECKING:
    from asyncua.ua.uatypes import DateTime

    from telemetry.addresses import OpcUaAddress
    from telemetry.devices import Channel
    from telemetry.points import Point

_UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"
_UNECE_CODES = {
    "MPa": "MPA",
    "m³/h": "MQH",
    "m": "MTR",
    "m³": "MTQ",
    "mg/L": "M1",
    "°C": "CEL",
    "kW": "KWT",
    "kWh": "KWH",
    "Hz": "HTZ",
}
"""UN/CEFACT Recommendation 20; a unit without a code there is shown by its name alone."""

_STATUS = {
    Condition.GOOD: StatusCodes.Good,
    Condition.DOUBTFUL: StatusCodes.UncertainSensorNotAccurate,
    Condition.MAINTENANCE: StatusCodes.BadOutOfService,
    Condition.FAILED: StatusCodes.BadSensorFailure,
}
_INTEGERS = {Kind.STATE: VariantType.UInt16, Kind.COUNT: VariantType.UInt32}


@dataclass(frozen=True, slots=True)
class WorksNode:
    """One variable of a works' server.

    Attributes:
        node: its identifier in the server.
        point: what it shows.
        channel: where it stands, and how raw becomes canonical.
    """

    node: NodeId
    point: Point
    channel: Channel[OpcUaAddress]

    @property
    def type(self) -> VariantType:
        """States and counts are whole numbers, everything else is a Double."""
        return _INTEGERS.get(self.point.kind, VariantType.Double)

    @property
    def analog(self) -> bool:
        """Whether it is an AnalogItem with range and unit."""
        return self.type is VariantType.Double

    def raw(self, value: float) -> float:
        """From the canonical unit to the device's."""
        return (value - self.channel.offset) / self.channel.scale

    def shown(self, value: float, condition: int, time: DateTime) -> DataValue:
        """What a client reads; a bad value is null, as the standard wants it (Part 4, 7.7)."""
        code = status(_STATUS[Condition(condition)])
        variant = Variant(None, VariantType.Null)
        if not code.is_bad():
            raw = self.raw(value)
            variant = Variant(raw if self.analog else max(0, round(raw)), self.type)
        return DataValue(variant, code, SourceTimestamp=time, ServerTimestamp=time)

    def accepted(self, written: DataValue) -> float | StatusCode:
        """The canonical value of a setpoint that a client writes, or why it is refused."""
        variant = written.Value
        if variant is None or variant.VariantType is not self.type or variant.is_array:
            return status(StatusCodes.BadTypeMismatch)
        value = float(variant.Value) * self.channel.scale + self.channel.offset
        if not self.point.low <= value <= self.point.high:  # NaN is outside as well
            return status(StatusCodes.BadOutOfRange)
        return value

    def items(self, folder: NodeId) -> list[AddNodesItem]:
        """What has to be added to the address space: the variable and its properties."""
        items = [self._variable(folder)]
        if self.analog:
            ends = sorted((self.raw(self.point.low), self.raw(self.point.high)))
            items.append(
                self._property("EURange", Range(Low=ends[0], High=ends[1]), ObjectIds.Range)
            )
            # With another scale the device counts in another unit, which no one has told us.
            if self.channel.scale == 1.0 and self.channel.offset == 0.0 and self.point.unit:
                items.append(
                    self._property(
                        "EngineeringUnits", _unit(self.point.unit), ObjectIds.EUInformation
                    )
                )
        return items

    def _variable(self, folder: NodeId) -> AddNodesItem:
        access = AccessLevel.CurrentRead.mask
        if self.channel.writable:
            access |= AccessLevel.CurrentWrite.mask
        attributes = _attributes(Variant(None, VariantType.Null), self.type.value, access)
        attributes.DisplayName = LocalizedText(self.point.title.en, "en")
        attributes.Description = LocalizedText(self.point.title.zh, "zh")
        kind = ObjectIds.AnalogItemType if self.analog else ObjectIds.BaseDataVariableType
        return AddNodesItem(
            ParentNodeId=folder,
            ReferenceTypeId=standard(ObjectIds.HasComponent),
            RequestedNewNodeId=self.node,
            BrowseName=QualifiedName(self.channel.signal, self.node.NamespaceIndex),
            NodeClass=NodeClass.Variable,
            NodeAttributes=attributes,
            TypeDefinition=standard(kind),
        )

    def _property(self, name: str, value: Range | EUInformation, type_: int) -> AddNodesItem:
        held = Variant(value, VariantType.ExtensionObject)
        attributes = _attributes(held, type_, AccessLevel.CurrentRead.mask)
        attributes.DisplayName = LocalizedText(name)
        return AddNodesItem(
            ParentNodeId=self.node,
            ReferenceTypeId=standard(ObjectIds.HasProperty),
            RequestedNewNodeId=named(f"{self.node.Identifier!s}.{name}", self.node.NamespaceIndex),
            BrowseName=QualifiedName(name, 0),
            NodeClass=NodeClass.Variable,
            NodeAttributes=attributes,
            TypeDefinition=standard(ObjectIds.PropertyType),
        )


def _attributes(value: Variant, type_: int, access: int) -> VariableAttributes:
    return VariableAttributes(
        Value=value,
        DataType=standard(type_),
        ValueRank=ValueRank.Scalar,
        AccessLevel=Byte(access),
        UserAccessLevel=Byte(access),
    )


def folder_item(node: NodeId, name: str) -> AddNodesItem:
    """The object under which a works' variables stand."""
    return AddNodesItem(
        ParentNodeId=standard(ObjectIds.ObjectsFolder),
        ReferenceTypeId=standard(ObjectIds.Organizes),
        RequestedNewNodeId=node,
        BrowseName=QualifiedName(name, node.NamespaceIndex),
        NodeClass=NodeClass.Object,
        NodeAttributes=ObjectAttributes(DisplayName=LocalizedText(name)),
        TypeDefinition=standard(ObjectIds.BaseObjectType),
    )


def _unit(name: str) -> EUInformation:
    """Unit with its UNECE code: the bytes of the code as one number (Part 8, 5.6.4.3)."""
    code = _UNECE_CODES.get(name)
    return EUInformation(
        NamespaceUri=_UNECE if code else "",
        UnitId=int.from_bytes(code.encode("ascii"), "big") if code else -1,
        DisplayName=LocalizedText(name),
        Description=LocalizedText(name),
    )
