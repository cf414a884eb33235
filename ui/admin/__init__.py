"""The administrator's room: people and their posts, places, shared tablets, the system's health."""
