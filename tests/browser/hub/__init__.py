"""The hub of `make hub`, in a browser: it runs while this package does."""
