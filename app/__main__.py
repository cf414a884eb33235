"""`python -m app`: what the launcher calls, and what `up` starts its parts with."""

from app.cli import main

if __name__ == "__main__":
    main()
