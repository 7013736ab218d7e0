"""What things are called on the dashboards, in both languages."""

from __future__ import annotations

from alarms.levels import AlarmLevel
from telemetry.kinds import Kind
from telemetry.places import Sampling, SiteKind
from telemetry.quality import Reason
from telemetry.text import Text

KINDS: dict[Kind, Text] = {
    Kind.PRESSURE: Text("压力", "Pressure"),
    Kind.FLOW: Text("流量", "Flow"),
    Kind.LEVEL: Text("水位", "Level"),
    Kind.VOLUME: Text("水量", "Volume"),
    Kind.FREE_CHLORINE: Text("游离氯", "Free chlorine"),
    Kind.TOTAL_CHLORINE: Text("总氯", "Total chlorine"),
    Kind.CHLORINE_DIOXIDE: Text("二氧化氯", "Chlorine dioxide"),
    Kind.TURBIDITY: Text("浑浊度", "Turbidity"),
    Kind.PH: Text("pH", "pH"),
    Kind.CONDUCTIVITY: Text("电导率", "Conductivity"),
    Kind.REDOX: Text("氧化还原电位", "Redox potential"),
    Kind.TEMPERATURE: Text("水温", "Temperature"),
    Kind.TOC: Text("总有机碳", "Total organic carbon"),
    Kind.POWER: Text("功率", "Power"),
    Kind.ENERGY: Text("电量", "Energy"),
    Kind.CURRENT: Text("电流", "Current"),
    Kind.VOLTAGE: Text("电压", "Voltage"),
    Kind.FREQUENCY: Text("频率", "Frequency"),
    Kind.SPEED: Text("转速", "Speed"),
    Kind.OPENING: Text("开度", "Opening"),
    Kind.PRICE: Text("电价", "Price"),
    Kind.STATE: Text("状态", "State"),
    Kind.COUNT: Text("计数", "Count"),
}

SITE_KINDS: dict[SiteKind, Text] = {
    SiteKind.WORKS: Text("水厂", "Works"),
    SiteKind.BOOSTER: Text("加压站", "Boosters"),
    SiteKind.RESERVOIR: Text("水池", "Reservoirs"),
    SiteKind.PRESSURE_NODE: Text("测压点", "Pressure points"),
    SiteKind.QUALITY_STATION: Text("水质站", "Quality stations"),
    SiteKind.METER_GROUP: Text("智能水表", "Smart meters"),
}

SAMPLINGS: dict[Sampling, Text] = {
    Sampling.WORKS: Text("出厂水", "works' water"),
    Sampling.NETWORK: Text("管网水", "network"),
    Sampling.END: Text("末梢水", "network's end"),
    Sampling.SECONDARY: Text("二次供水", "secondary supply"),
    Sampling.RAW: Text("原水", "raw water"),
}

LEVELS: dict[AlarmLevel, Text] = {
    AlarmLevel.LOW_LOW: Text("低低限", "second low limit"),
    AlarmLevel.LOW: Text("低限", "low limit"),
    AlarmLevel.HIGH: Text("高限", "high limit"),
    AlarmLevel.HIGH_HIGH: Text("高高限", "second high limit"),
}
"""Of the levels that are limits."""

GOOD = Text("好", "good")
UNCERTAIN = Text("可疑", "uncertain")
BAD = Text("坏", "bad")

REASONS: dict[Reason, Text] = {
    Reason.NONE: Text("无原因", "no reason given"),
    Reason.COMM: Text("通信中断", "link down"),
    Reason.TIMEOUT: Text("无应答", "no answer"),
    Reason.SENSOR: Text("传感器故障", "sensor fault"),
    Reason.CONFIG: Text("地址配置错误", "address refused"),
    Reason.DEVICE: Text("设备故障", "device fault"),
    Reason.GATEWAY: Text("网关不通", "gateway"),
    Reason.BUSY: Text("设备忙", "device busy"),
    Reason.STALE: Text("数据过期", "stale"),
    Reason.MAINTENANCE: Text("维护中", "maintenance"),
    Reason.MANUAL: Text("人工置数", "set by hand"),
    Reason.SUBSTITUTED: Text("替代值", "substituted"),
    Reason.OUT_OF_RANGE: Text("超出量程", "out of range"),
    Reason.CLOCK: Text("时钟错误", "clock wrong"),
    Reason.NAN: Text("非数值", "not a number"),
    Reason.TYPE: Text("类型错误", "wrong type"),
    Reason.WAITING: Text("等待数据", "no data yet"),
    Reason.PROTOCOL: Text("应答错误", "wrong reply"),
    Reason.LATE: Text("迟到数据", "late"),
    Reason.SUSPECT: Text("数值可疑", "suspect"),
    Reason.OUT_OF_SERVICE: Text("停用", "out of service"),
}

YES = Text("是", "yes")
NO = Text("否", "no")
