"""``python -m dfc_brian.export``: recorded voltages for other tools. The options are in `dfc_brian.cli.export`."""

if __name__ == "__main__":
    from dfc_brian.cli.export import main

    main()
