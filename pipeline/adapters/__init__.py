"""The only modules that import yt-dlp, whisper, scenedetect, av, openai, xllamacpp and tesseract."""
