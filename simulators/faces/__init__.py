"""What a SCADA sees of the city: Modbus TCP, OPC UA and meters over MQTT."""
