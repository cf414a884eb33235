"""What the database keeps: projected cases, people, definitions, ledger, audit chains. Imports `domain` only."""
