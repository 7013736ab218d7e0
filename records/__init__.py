"""What must be remembered but is no time series: alarm transitions, audit, users."""
