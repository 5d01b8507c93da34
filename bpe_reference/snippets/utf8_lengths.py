# title: How many bytes UTF-8 takes for a character
# moment: 00:19:10
# keywords: utf-8, bytes, variable length, ascii

for ch in "aé한👋":
    print(ch, f"U+{ord(ch):04X}", list(ch.encode("utf-8")))
