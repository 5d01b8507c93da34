# title: A tokenizer of single characters
# moment: 00:01:10
# keywords: character, character-level, stoi, itos, lookup table, vocabulary
# ruff: noqa: C416

text = "First Citizen: Before we proceed any further, hear me speak."
chars = sorted(set(text))
print("".join(chars))
print(len(chars), "characters")

stoi = {ch: i for i, ch in enumerate(chars)}
itos = {i: ch for i, ch in enumerate(chars)}


def encode(s: str) -> list[int]:
    return [stoi[ch] for ch in s]


def decode(ids: list[int]) -> str:
    return "".join(itos[i] for i in ids)


print(encode("hear me"))
print(decode(encode("hear me")))
