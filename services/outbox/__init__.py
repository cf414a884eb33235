"""Word that goes out: who is told by which channel, sending with retries, a second person when nobody reads."""
