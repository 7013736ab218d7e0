"""Modbus, OPC UA and MQTT: devices become readings, setpoints go back to devices."""
