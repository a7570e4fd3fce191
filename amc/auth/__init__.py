"""Users, passwords, sessions, roles: rules only; what is kept is in `amc.services.users`."""
