# title: A text as a list of integers
# moment: 00:27:02
# keywords: utf-8, bytes, tokens, list, integers, start

text = "Ｕｎｉｃｏｄｅ! 🅤🅝🅘🅒🅞🅓🅔‽ The very name strikes fear into the hearts of programmers worldwide."
tokens = list(text.encode("utf-8"))
print(len(text), "characters")
print(len(tokens), "bytes:", tokens[:12], "...")
