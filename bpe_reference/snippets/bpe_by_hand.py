# title: Byte pair encoding of aaabdaaabac, by hand
# moment: 00:23:50
# keywords: byte pair encoding, walkthrough, aaabdaaabac, example, compress

text = "aaabdaaabac"
for pair, letter in (("aa", "Z"), ("ab", "Y"), ("ZY", "X")):
    text = text.replace(pair, letter)
    print(f"{letter} = {pair}: {text} ({len(text)} letters)")
