#!/bin/sh
# Run once by the database image on an empty volume: GSPFlow's own role and database beside Temporal's.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$GSPFLOW_DATABASE_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE gspflow LOGIN PASSWORD :'password';
CREATE DATABASE gspflow OWNER gspflow ENCODING 'UTF8' TEMPLATE template0;
SQL
