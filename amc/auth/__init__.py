"""Users, passwords, sessions, roles."""
