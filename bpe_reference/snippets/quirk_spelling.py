# title: Why spelling is hard: the letters are not in view
# moment: 01:51:41
# keywords: spell, letters, defaultcellstyle, reverse, count, quirk

from bpe_reference import GPT4Tokenizer

gpt4 = GPT4Tokenizer()
word = ".DefaultCellStyle"
print(gpt4.encode(word), "one token for", len(word), "characters")
spread = ". D e f a u l t C e l l S t y l e"
print(len(gpt4.encode(spread)), "tokens when spread out, a letter each")
