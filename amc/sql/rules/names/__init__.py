"""Tables, columns, functions and aliases that do not exist."""
