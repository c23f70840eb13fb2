"""`python -m yttria`: the command line where its script is not on the path."""

from yttria.app.cli import main

if __name__ == "__main__":
    main()
