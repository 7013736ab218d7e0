"""View models: the city, a snapshot and the alarms become what one page says."""
