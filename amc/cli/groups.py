"""All groups of commands, in the order of the help."""

from amc.cli import (
    audit,
    connections,
    databases,
    doctor,
    executions,
    instances,
    keys,
    mappings,
    schedules,
    sql,
    templates,
    up,
    users,
    worker,
)

ALL = (
    up.register,
    doctor.register,
    connections.register,
    instances.register,
    templates.register,
    sql.register,
    executions.register,
    schedules.register,
    mappings.register,
    users.register,
    keys.register,
    databases.register,
    audit.register,
    worker.register,
)
