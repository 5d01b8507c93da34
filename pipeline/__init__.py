"""Lecturebook: a lecture video goes in, a book chapter comes out. Start reading at `stages.py`."""

__version__ = "0.1.0"
