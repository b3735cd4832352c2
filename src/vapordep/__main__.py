"""The command line as `python -m vapordep`, where scripts are not on the path."""

from vapordep.cli import main

if __name__ == "__main__":
    main()
