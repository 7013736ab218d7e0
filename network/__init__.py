"""The pipe network: what the city's EPANET file says about it."""
