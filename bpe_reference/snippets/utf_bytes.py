# title: One string in UTF-8, UTF-16 and UTF-32
# moment: 00:18:21
# keywords: utf-8, utf-16, utf-32, encoding, bytes, ascii

text = "안녕 hi"
for encoding in ("utf-8", "utf-16-be", "utf-32-be"):
    data = text.encode(encoding)
    print(f"{encoding:10}{len(data):3} bytes: {list(data)}")
