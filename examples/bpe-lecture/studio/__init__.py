"""The parts of the build: script (text), voice (speech), stage (screens), camera (inset), film (video), truth."""
