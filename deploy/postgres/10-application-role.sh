#!/bin/sh
# Runs once, when the database volume is new: the application's own role and database.
# The image's POSTGRES_USER is a superuser; Xielian refuses to run as one.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
     --set role="$XIELIAN_DB_USER" --set password="$XIELIAN_DB_PASSWORD" --set database="$XIELIAN_DB_NAME" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
SQL
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$XIELIAN_DB_NAME" \
     --command 'CREATE EXTENSION IF NOT EXISTS pg_trgm'
