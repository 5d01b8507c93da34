"""The exercise of the lecture, with tests that a reader can run on a solution of their own. See `README.md` here."""
