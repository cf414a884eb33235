#!/bin/sh
# Makes or updates Temporal's two databases. Harmless when they are up to date.
set -eu

make_database() {
    tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database $1"
    $tool create
    # The base version exists after the first run; the update below says whether the schema is sound.
    $tool setup-schema --version 0.0 || echo "$1 has its base schema already"
    $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

make_database temporal temporal
make_database temporal_visibility visibility
