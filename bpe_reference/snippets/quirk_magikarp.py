# title: SolidGoldMagikarp: a token that training never saw
# moment: 02:04:56
# keywords: solidgoldmagikarp, reddit, unallocated, untrained embedding, quirk, glitch

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

text = " SolidGoldMagikarp"
print("GPT-2:", GPT2Tokenizer().encode(text))  # one token, for a name that its training set kept
print("GPT-4:", GPT4Tokenizer().encode(text))
