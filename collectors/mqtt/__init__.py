"""Meters over MQTT by paho."""
