"""The city in a box: hydraulics behind Modbus, OPC UA and MQTT faces, with a fault script."""
