"""The finishing process: `python -m playhead.capture.finishing`, started by a recorder."""

from playhead.capture.finishing.child import main

if __name__ == "__main__":
    main()
