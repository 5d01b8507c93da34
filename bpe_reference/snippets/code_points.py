# title: The Unicode code points of a string
# moment: 00:16:00
# keywords: unicode, code point, ord, korean, string

text = "안녕하세요 👋 (hello in Korean!)"
print([ord(ch) for ch in text])
print(ord("h"), ord("👋"))
