"""The only writer of movements, cost state and journal rows."""
