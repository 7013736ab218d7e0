"""Looking into a store from another process, without disturbing the service that writes it."""
