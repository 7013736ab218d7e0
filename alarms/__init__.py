"""Rules, the alarm life cycle, the journal of transitions and notification."""
