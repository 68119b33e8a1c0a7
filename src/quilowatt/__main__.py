"""`python -m quilowatt` is the command `quilowatt`."""

from quilowatt.cli import main

if __name__ == "__main__":
    main()
