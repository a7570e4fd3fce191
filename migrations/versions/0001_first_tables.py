"""First tables."""

import sqlalchemy as sa
from alembic import op

import amc.db.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asin_mappings",
        sa.Column("asin", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("tags", amc.db.types.json_type(), nullable=False),
        sa.Column("updated_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asin", name=op.f("pk_asin_mappings")),
    )
    with op.batch_alter_table("asin_mappings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asin_mappings_brand"), ["brand"], unique=False)

    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("before", amc.db.types.json_type(), nullable=True),
        sa.Column("after", amc.db.types.json_type(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_action"), ["action"], unique=False)

    op.create_table(
        "brand_rules",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("tags", amc.db.types.json_type(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_rules")),
    )
    op.create_table(
        "brands",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=16), nullable=False),
        sa.Column("settings", amc.db.types.json_type(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_brands_public_id")),
    )
    op.create_table(
        "campaign_mappings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("ad_product", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("tags", amc.db.types.json_type(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_mappings")),
        sa.UniqueConstraint(
            "ad_product", "campaign_id", name=op.f("uq_campaign_mappings_ad_product_campaign_id")
        ),
    )
    with op.batch_alter_table("campaign_mappings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_mappings_brand"), ["brand"], unique=False)
        batch_op.create_index("ix_campaign_mappings_campaign_id", ["campaign_id"], unique=False)

    op.create_table(
        "connections",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("access_expires_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refreshing_by", sa.Text(), nullable=True),
        sa.Column("refreshing_until", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("amazon_user", sa.Text(), nullable=False),
        sa.Column("consented_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("public_id", name=op.f("uq_connections_public_id")),
    )
    op.create_table(
        "fleet_runs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "schedule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_runs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fleet_runs_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_fleet_runs_request_key")),
    )
    with op.batch_alter_table("fleet_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fleet_runs_created_at"), ["created_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_fleet_runs_schedule_id"), ["schedule_id"], unique=False
        )

    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("detail", amc.db.types.json_type(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "instance_sets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("members", amc.db.types.json_type(), nullable=False),
        sa.Column("rule", amc.db.types.json_type(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_sets")),
        sa.UniqueConstraint("name", name=op.f("uq_instance_sets_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_instance_sets_public_id")),
    )
    op.create_table(
        "key_values",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_values")),
    )
    op.create_table(
        "oauth_states",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oauth_states")),
    )
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("tat", sa.Double(), nullable=False),
        sa.Column("step_s", sa.Double(), nullable=False),
        sa.Column("slowed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
    )
    op.create_table(
        "schedules",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("cron", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("window_rule", sa.Text(), nullable=False),
        sa.Column("offset_s", sa.Integer(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", amc.db.types.json_type(), nullable=False),
        sa.Column("targets", amc.db.types.json_type(), nullable=False),
        sa.Column("missed", sa.String(length=8), nullable=False),
        sa.Column("catch_up_limit_s", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("paused_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.Column("accounted_until", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_slot_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("name", name=op.f("uq_schedules_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_schedules_public_id")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schedules_next_slot_at"), ["next_slot_at"], unique=False
        )

    op.create_table(
        "seen_campaigns",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("execution_id", sa.String(length=24), nullable=False),
        sa.Column("seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_campaigns")),
        sa.UniqueConstraint(
            "campaign_id", "instance_id", name=op.f("uq_seen_campaigns_campaign_id_instance_id")
        ),
    )
    op.create_table(
        "sign_in_tickets",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_sign_in_tickets")),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    with op.batch_alter_table("sign_in_tries", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_tries_key_at", ["key", "at"], unique=False)

    op.create_table(
        "sync_runs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("difference", amc.db.types.json_type(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_runs_at"), ["at"], unique=False)

    op.create_table(
        "users",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("grants", amc.db.types.json_type(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("password_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
    )
    op.create_table(
        "workflows",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", amc.db.types.json_type(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflows")),
        sa.UniqueConstraint("name", name=op.f("uq_workflows_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_workflows_public_id")),
    )
    op.create_table(
        "accounts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("marketplace_id", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column(
            "connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("first_seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_accounts_connection_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("entity_id", name=op.f("uq_accounts_entity_id")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_connection_id"), ["connection_id"], unique=False
        )

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("ended_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "slots",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "schedule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("slot_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("targets", amc.db.types.json_type(), nullable=False),
        sa.Column(
            "fleet_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("fired_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_slots_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("schedule_id", "slot_at", name=op.f("uq_slots_schedule_id_slot_at")),
    )
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slots_fleet_run_id"), ["fleet_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slots_slot_at"), ["slot_at"], unique=False)

    op.create_table(
        "workflow_versions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "workflow_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", amc.db.types.json_type(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"],
            ["workflows.id"],
            name=op.f("fk_workflow_versions_workflow_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_versions")),
        sa.UniqueConstraint(
            "workflow_id", "version", name=op.f("uq_workflow_versions_workflow_id_version")
        ),
    )
    op.create_table(
        "instances",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("creation_status", sa.String(length=32), nullable=False),
        sa.Column("created_at_amazon", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("details", amc.db.types.json_type(), nullable=False),
        sa.Column("tags", amc.db.types.json_type(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.Column("access", sa.String(length=16), nullable=False),
        sa.Column("access_reason", sa.Text(), nullable=False),
        sa.Column("first_seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("gone_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sources", amc.db.types.json_type(), nullable=True),
        sa.Column("sources_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_instances_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_instances_instance_id")),
    )
    with op.batch_alter_table("instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instances_account_id"), ["account_id"], unique=False)

    op.create_table(
        "executions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column(
            "fleet_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("slot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amc_status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("author_sql", sa.Text(), nullable=False),
        sa.Column("sent_sql", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text(), nullable=False),
        sa.Column("parameters", amc.db.types.json_type(), nullable=False),
        sa.Column("declarations", amc.db.types.json_type(), nullable=False),
        sa.Column("parameter_values", amc.db.types.json_type(), nullable=False),
        sa.Column("window_start", sa.String(length=19), nullable=False),
        sa.Column("window_end", sa.String(length=19), nullable=False),
        sa.Column("window_zone", sa.String(length=64), nullable=False),
        sa.Column("window_rule", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("amc_workflow_id", sa.String(length=128), nullable=False),
        sa.Column("amc_execution_id", sa.String(length=128), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("intent_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_step_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("polled_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stalled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause", amc.db.types.json_type(), nullable=True),
        sa.Column("output_columns", amc.db.types.json_type(), nullable=True),
        sa.Column("created_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", amc.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("result_uri", sa.Text(), nullable=True),
        sa.Column("result", amc.db.types.json_type(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fleet_run_id"], ["fleet_runs.id"], name=op.f("fk_executions_fleet_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_executions_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executions")),
        sa.UniqueConstraint(
            "instance_id",
            "amc_execution_id",
            name=op.f("uq_executions_instance_id_amc_execution_id"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_executions_public_id")),
        sa.UniqueConstraint(
            "slot_id", "instance_id", name=op.f("uq_executions_slot_id_instance_id")
        ),
    )
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_index("ix_executions_created", ["created_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_executions_fleet_run_id"), ["fleet_run_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_executions_next_step_at"), ["next_step_at"], unique=False
        )
        batch_op.create_index(
            "ix_executions_state_instance", ["state", "instance_id"], unique=False
        )

    op.create_table(
        "published_workflows",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amc_workflow_id", sa.String(length=128), nullable=False),
        sa.Column("published_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instances.id"],
            name=op.f("fk_published_workflows_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_workflows")),
        sa.UniqueConstraint(
            "instance_id",
            "amc_workflow_id",
            name=op.f("uq_published_workflows_instance_id_amc_workflow_id"),
        ),
    )
    op.create_table(
        "execution_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "execution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
            name=op.f("fk_execution_events_execution_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution_events")),
    )
    with op.batch_alter_table("execution_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_execution_events_execution_id"), ["execution_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("execution_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_execution_events_execution_id"))

    op.drop_table("execution_events")
    op.drop_table("published_workflows")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index("ix_executions_state_instance")
        batch_op.drop_index(batch_op.f("ix_executions_next_step_at"))
        batch_op.drop_index(batch_op.f("ix_executions_fleet_run_id"))
        batch_op.drop_index("ix_executions_created")

    op.drop_table("executions")
    with op.batch_alter_table("instances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instances_account_id"))

    op.drop_table("instances")
    op.drop_table("workflow_versions")
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slots_slot_at"))
        batch_op.drop_index(batch_op.f("ix_slots_fleet_run_id"))

    op.drop_table("slots")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_connection_id"))

    op.drop_table("accounts")
    op.drop_table("workflows")
    op.drop_table("users")
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_runs_at"))

    op.drop_table("sync_runs")
    with op.batch_alter_table("sign_in_tries", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_tries_key_at")

    op.drop_table("sign_in_tries")
    op.drop_table("sign_in_tickets")
    op.drop_table("seen_campaigns")
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedules_next_slot_at"))

    op.drop_table("schedules")
    op.drop_table("rate_limits")
    op.drop_table("oauth_states")
    op.drop_table("key_values")
    op.drop_table("instance_sets")
    op.drop_table("heartbeats")
    with op.batch_alter_table("fleet_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fleet_runs_schedule_id"))
        batch_op.drop_index(batch_op.f("ix_fleet_runs_created_at"))

    op.drop_table("fleet_runs")
    op.drop_table("connections")
    with op.batch_alter_table("campaign_mappings", schema=None) as batch_op:
        batch_op.drop_index("ix_campaign_mappings_campaign_id")
        batch_op.drop_index(batch_op.f("ix_campaign_mappings_brand"))

    op.drop_table("campaign_mappings")
    op.drop_table("brands")
    op.drop_table("brand_rules")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_action"))

    op.drop_table("audit")
    with op.batch_alter_table("asin_mappings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asin_mappings_brand"))

    op.drop_table("asin_mappings")
